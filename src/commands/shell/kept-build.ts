import { closeSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';
import type { User } from '../../host/exec/user.js';
import { identifySelf } from '../../host/proc/identity.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { Written } from '../../ledger/read.js';
import { type RetainedSetup, retainedSetupFrom } from '../../ledger/retained-setup.js';
import { LedgerStore } from '../../ledger/store.js';
import { tolerant } from '../../ledger/writer.js';
import type { Report } from '../../report/report.js';
import { openIdle, withLock } from '../resume.js';

/** A failed build that was kept, and that only this process may change. */
export interface KeptBuild extends Written, Disposable {
  readonly setup: RetainedSetup;
}

/**
 * Takes a failed build that `on_failure: keep` has kept, with its lock: no other process cleans it up before
 * this one ends, whatever `keep_for` says.
 * @throws BuildError if the build does not exist, was not kept, is in use, or belongs to another user
 */
export async function takeKept(
  id: string,
  directory: string,
  user: User,
  report: Pick<Report, 'warn'>,
): Promise<KeptBuild> {
  const files = new LedgerStore(directory, user);
  requireOwn(id, files, user);
  return await withLock(id, files, async (file) => {
    const found = await openIdle(
      id,
      files,
      tolerant(files, id, (line) => report.warn(line)),
    );
    const setup = requireKept(id, found.ledger);
    found.ledger.take(identifySelf());
    return { ...found, setup, [Symbol.dispose]: () => closeSync(file) };
  });
}

/** @throws BuildError if the build has no ledger of this user */
function requireOwn(id: string, files: LedgerStore, user: User): void {
  if (files.builds().includes(id)) return;
  const all = LedgerStore.all(files.directory, { ...user, uid: 0 });
  const other = all.find((store) => store.uid !== files.uid && store.builds().includes(id));
  if (other !== undefined)
    throw new BuildError(`build_id: build ${id} belongs to user ${other.uid}`, {
      hint: 'Run shell as that user.',
    });
  throw new BuildError(`build_id: no failed build ${id} is kept in ${files.directory}`, {
    hint: 'Write the build-id output of a build that failed with on-failure: keep, and use its state-dir. After keep-for, the next build or sweep has removed it.',
  });
}

function requireKept(id: string, ledger: Ledger): RetainedSetup {
  if (ledger.handover !== undefined)
    throw new BuildError(`build_id: build ${id} was not kept: it is mounted, and waits for commit or abort`, {
      hint: 'Use the mount-path output of mount.',
    });
  if (ledger.retainedUntil === undefined)
    throw new BuildError(`build_id: build ${id} was not kept`, {
      hint: 'Set on-failure: keep on the build. The next build or sweep removes what this one left.',
    });
  const setup = retainedSetupFrom(ledger.retainedSetup);
  if (setup !== undefined) return setup;
  throw new BuildError(`build_id: an older version of build-omi kept build ${id}`, {
    hint: 'Its ledger does not say how its chroot was set up. Mount the volume by hand.',
  });
}
