import { describe } from '../common/errors.js';
import type { User } from '../host/exec/user.js';
import { ifUnlocked } from '../host/lock.js';
import { bootId, isOwnerAlive } from '../host/proc/identity.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Header } from '../ledger/lines.js';
import { readLedger } from '../ledger/read.js';
import type { LedgerStore } from '../ledger/store.js';
import { accountOf } from '../outscale/calls/account.js';
import type { Build, Tools } from '../runtime/tools.js';
import { cleanUp, type Reach } from './kinds.js';
import type { Left } from './leftovers.js';
import { pathsInUse } from './mount-paths-in-use.js';

/** A build whose owner has ended without putting everything away. */
export interface OrphanedBuild {
  readonly header: Header;
  /** As it was when it was looked at. */
  readonly ledger: Ledger;
  readonly files: LedgerStore;
}

/** The dead builds of these users on this VM. A file that is no ledger of ours is passed over with a warning. */
export function orphanedBuilds(
  all: readonly LedgerStore[],
  vm: string,
  tools: Pick<Tools, 'report'>,
): OrphanedBuild[] {
  return all.flatMap((files) =>
    files.builds().flatMap((id) => {
      try {
        const found = readLedger(id, files, () => {});
        if (found === undefined || !isOf(vm, found.header) || found.ledger.owners.some(isOwnerAlive))
          return [];
        return [{ ...found, files }];
      } catch (error) {
        tools.report.warn(`the ledger of build ${id} cannot be read: ${describe(error)}`);
        return [];
      }
    }),
  );
}

/** The builds that have a ledger of this VM: it tells whether they live. So do those whose ledger cannot be read, to be safe. */
export function knownBuilds(all: readonly LedgerStore[], vm: string): string[] {
  return all.flatMap((files) =>
    files.builds().filter((id) => {
      try {
        const found = readLedger(id, files, () => {});
        return found === undefined || isOf(vm, found.header);
      } catch {
        return true;
      }
    }),
  );
}

/** Ledgers travel with copies of a VM's disk: there nothing tells whether the build lives. */
const isOf = (vm: string, header: Header): boolean => header.vm === vm || header.owner.boot === bootId();

/** How a ledger is replayed. */
export interface Replay extends Reach {
  /** Whether it may be done while its owner lives. */
  readonly although?: (ledger: Ledger) => boolean;
  /** Nothing is held back any longer. */
  readonly release?: boolean;
}

/**
 * Puts away what a ledger has open, and forgets it when that is all.
 * @returns what is left; undefined when there is no ledger, or somebody else is at it.
 */
export async function replay(
  build: string,
  files: LedgerStore,
  tools: Tools,
  how: Replay,
): Promise<Left[] | undefined> {
  let left: Left[] | undefined;
  await ifUnlocked(files.lockOf(build), async () => {
    const found = readLedger(build, files);
    if (found === undefined) return;
    const { ledger } = found;
    // Somebody may have taken it up since it was looked at.
    if (ledger.owners.some(isOwnerAlive) && how.although?.(ledger) !== true) return;
    if (how.release) ledger.retain([], new Date());
    left = await cleanUp(withLedger(tools, ledger), how);
    if (ledger.open().length === 0) files.remove(build);
  });
  return left;
}

/** What of a build counts where it is only put away. */
export const buildForCleanup = (id: string, user: User, files: LedgerStore): Build => ({
  id,
  startedAt: new Date(),
  user,
  workspace: '/',
  passthroughEnv: {},
  stateDir: files.directory,
  deviceLock: files.deviceLock,
  pathsInUse: () => pathsInUse(files.directory, id),
});

/** The same tools for the things of another build: what is undone is no output of this step. */
export function withLedger(tools: Tools, ledger: Ledger): Tools {
  const report = { ...tools.report, output: () => {} };
  const { shortTimeouts } = tools;
  return {
    ...tools,
    ledger,
    report,
    forCleanup: (stop) => ({ ...tools.forCleanup(stop), ledger, report, shortTimeouts }),
  };
}

/** Those of the dead builds whose things in the cloud these tools can reach. */
export async function reachable(dead: readonly OrphanedBuild[], tools: Tools): Promise<OrphanedBuild[]> {
  const here = dead.filter(({ header }) => header.endpoint === tools.cloud.endpoint);
  if (here.length === 0) return [];
  const account = await accountOf(tools.cloud);
  return here.filter(({ header }) => header.account === account);
}
