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

/** Where a wrong ID comes from, most of the time. */
const hint = 'Give the build-id that mount gave, as the same user and with the same state_dir.';

/**
 * The ledger of a build on which nobody works, whether its owner lives or not.
 * @param append writes its next lines
 * @throws BuildError when there is none, it is finished, or somebody is at it.
 */
export function openHanded(id: string, files: LedgerStore, append: Append = files.appender(id)): Written {
  const handed = readLedger(id, files, append);
  if (handed === undefined)
    throw new BuildError(`build_id: there is no build ${id}, or it is over`, { hint });
  const { ledger } = handed;
  if (ledger.isFinalized) throw new BuildError(`build_id: ${id} is committed already`);
  if (isWorkedOn({ ...handed, files })) {
    const who = 'pid' in ledger.owner ? ` (process ${ledger.owner.pid})` : '';
    throw new BuildError(`build_id: somebody works on ${id} already${who}`, {
      hint: 'Wait until that has ended.',
    });
  }
  return handed;
}

/**
 * Makes this process the one that works on such a build, until the end of the block: then it is its owner's again, or
 * over. @throws as openHanded
 */
export async function resumeBuild(
  id: string,
  files: LedgerStore,
  report: Pick<Report, 'warn'>,
): Promise<Written & AsyncDisposable> {
  // Asked first: without a folder for it there is no lock to be had.
  openHanded(id, files);
  return await inTurn(files.folder, async () => {
    const file = await joinLock(files.lockOf(id));
    if (file === undefined)
      throw new BuildError(`build_id: ${id} is being put away or taken up by somebody else`);
    try {
      return take(id, files, file, report);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  });
}

function take(
  id: string,
  files: LedgerStore,
  file: number,
  report: Pick<Report, 'warn'>,
): Written & AsyncDisposable {
  const path = files.lockOf(id);
  const write = tolerant(files, id, (line) => report.warn(line));
  // Until a product is begun the build stays that of whoever handed it over, whose lock holder goes on.
  const { header, ledger } = openHanded(id, files, (line) => {
    write(line);
    if (beginsProduct(line)) endLockHolder(id, path);
  });
  // After one that was killed it is still that one's who handed it over.
  const owner = ledger.owners.at(-1) ?? ledger.owner;
  ledger.take(identifySelf());
  const giveBack = async (): Promise<void> => {
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
  return { header, ledger, [Symbol.asyncDispose]: async () => await giveBack().catch(warn) };
}

function beginsProduct(text: string): boolean {
  const line = parse(text);
  return isLine(line) && 'claim' in line && isProduct(line.claim.kind);
}
