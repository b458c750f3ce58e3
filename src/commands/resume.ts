import { closeSync } from 'node:fs';
import { isWorkedOn } from '../cleanup/alive.js';
import { forget } from '../cleanup/replay.js';
import { BuildError, describe } from '../common/errors.js';
import { identifySelf } from '../host/proc/identity.js';
import { inTurn, joinLock } from '../ledger/build-lock.js';
import { isProduct } from '../ledger/claims.js';
import { isLine, parse } from '../ledger/lines.js';
import { endLockHolder, hasLockHolder, startLockHolder } from '../ledger/lock-holder.js';
import { readLedger, type Written } from '../ledger/read.js';
import type { LedgerStore } from '../ledger/store.js';
import { type Append, tolerant } from '../ledger/writer.js';
import type { Report } from '../report/report.js';

/** The most frequent causes of a wrong ID. */
const hint = 'Set the build-id output of mount, and use the same user and state_dir as mount.';

/**
 * The ledger of a build that no process works on. Its owner may be running.
 * @param append writes its next lines
 * @throws BuildError if the build has no ledger, is finished, or is in use by another process
 */
export async function openIdle(
  id: string,
  files: LedgerStore,
  append: Append = files.appender(id),
): Promise<Written> {
  const found = readLedger(id, files, append);
  if (found === undefined)
    throw new BuildError(`build_id: build ${id} does not exist or is finished`, { hint });
  const { ledger } = found;
  if (ledger.isFinalized) throw new BuildError(`build_id: build ${id} is already committed`);
  if (await isWorkedOn({ ...found, files })) {
    const which = 'pid' in ledger.owner ? ` (process ${ledger.owner.pid})` : '';
    throw new BuildError(`build_id: another process is using build ${id}${which}`, {
      hint: 'Wait until it has ended.',
    });
  }
  return found;
}

/**
 * Makes this process the owner of such a build until the end of the block. Then the build belongs to its
 * previous owner again, or is finished.
 * @throws as openIdle
 */
export async function resumeBuild(
  id: string,
  files: LedgerStore,
  report: Pick<Report, 'warn'>,
): Promise<Written & AsyncDisposable> {
  return await withLock(id, files, async (file) => await resume(id, files, file, report));
}

/**
 * Locks the ledger of such a build. The lock stays after `work`, until this process ends or closes the file.
 * @param work takes the build; an error of it removes the lock
 * @throws as openIdle
 */
export async function withLock<T>(
  id: string,
  files: LedgerStore,
  work: (file: number) => Promise<T>,
): Promise<T> {
  // Without a ledger there may be no directory for the lock.
  await openIdle(id, files);
  return await inTurn(files.folder, async () => {
    const file = await joinLock(files.lockOf(id));
    if (file === undefined)
      throw new BuildError(`build_id: another process is cleaning up or committing build ${id}`);
    try {
      return await work(file);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  });
}

async function resume(
  id: string,
  files: LedgerStore,
  file: number,
  report: Pick<Report, 'warn'>,
): Promise<Written & AsyncDisposable> {
  const path = files.lockOf(id);
  const write = tolerant(files, id, (line) => report.warn(line));
  // Until it creates a product, the lock holder of the previous owner keeps running.
  const { header, ledger } = await openIdle(id, files, (line) => {
    write(line);
    if (createsProduct(line)) endLockHolder(id, path);
  });
  // If an earlier commit was killed, the owner is still the one that handed the build over.
  const owner = ledger.owners.at(-1) ?? ledger.owner;
  ledger.take(identifySelf());
  const handBack = async (): Promise<void> => {
    if (ledger.open().length === 0) {
      endLockHolder(id, path);
      forget(id, files, (line) => report.warn(line));
    } else if (ledger.isFinalized) endLockHolder(id, path);
    else {
      ledger.handOver(owner);
      if ('pid' in owner && !hasLockHolder(id, path)) await startLockHolder(id, file, owner);
    }
  };
  const warn = (error: unknown): void => report.warn(`Build ${id} not handed back: ${describe(error)}`);
  return { header, ledger, [Symbol.asyncDispose]: async () => await handBack().catch(warn) };
}

function createsProduct(text: string): boolean {
  const line = parse(text);
  return isLine(line) && 'claim' in line && isProduct(line.claim.kind);
}
