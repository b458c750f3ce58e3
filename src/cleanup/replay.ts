import { describe } from '../common/errors.js';
import type { User } from '../host/exec/user.js';
import { bootId, isOwnerAlive } from '../host/proc/identity.js';
import { lockForCleanUp } from '../ledger/build-lock.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Header } from '../ledger/lines.js';
import { readLedger } from '../ledger/read.js';
import type { LedgerStore } from '../ledger/store.js';
import { tolerant } from '../ledger/writer.js';
import { accountOf } from '../outscale/calls/account.js';
import { regionalReport } from '../report/regional.js';
import type { Build, Tools } from '../runtime/tools.js';
import { isOfAccount } from './account.js';
import { type Located, livenessOf } from './alive.js';
import { cleanUp, type Reach } from './clean-up.js';
import { devicesInUse, namesInUse, pathsInUse } from './in-use.js';
import type { Left } from './leftovers.js';
import { proofFor } from './proof.js';

/** A build whose owner has ended with open claims, and its ledger at the time of the scan. */
export type OrphanedBuild = Located;

/** The orphaned builds of these users on this VM. Skips a file that cannot be read, with a warning. */
export async function orphanedBuilds(
  all: readonly LedgerStore[],
  vm: string,
  tools: Pick<Tools, 'report'>,
): Promise<OrphanedBuild[]> {
  const read = all.flatMap((files) => files.builds().flatMap((id) => readOne(id, files, vm, tools)));
  const found = read.filter((one) => !isClaimedTwice(one, read, tools));
  const liveness = await livenessOf(found);
  return found.filter(({ header }, index) => {
    const state = liveness[index];
    if (typeof state === 'object')
      tools.report.warn(
        `Build ${header.build} left alone: its ledger cannot be locked (${state.unknown}), and its process is in another PID namespace`,
      );
    return state === 'dead';
  });
}

/** A build has one user. If two users have a ledger of it, one is forged: only root's own is trusted. */
function isClaimedTwice(
  { header: { build }, files }: Located,
  all: readonly Located[],
  { report }: Pick<Tools, 'report'>,
): boolean {
  if (files.uid === 0 || all.filter(({ header }) => header.build === build).length === 1) return false;
  report.warn(`${files.lockOf(build)} ignored: another user has a ledger of the same build`);
  return true;
}

function readOne(id: string, files: LedgerStore, vm: string, tools: Pick<Tools, 'report'>): Located[] {
  try {
    const found = readLedger(id, files, () => {});
    return found === undefined || !isOf(vm, found.header) ? [] : [{ ...found, files }];
  } catch (error) {
    tools.report.warn(`Ledger of build ${id} not read: ${describe(error)}`);
    return [];
  }
}

/** The builds that have a ledger on this VM, including those whose ledger cannot be read. */
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

/** Copies of a VM's disk contain its ledgers: on another VM they do not show whether the build is alive. */
const isOf = (vm: string, header: Header): boolean => header.vm === vm || header.owner.boot === bootId();

/** How a ledger is replayed. */
export interface Replay extends Reach {
  /** Whether the ledger is replayed although its owner is alive. */
  readonly although?: (ledger: Ledger) => boolean;
  /** Whether retained resources are released too. */
  readonly release?: boolean;
}

/**
 * Releases the open resources of a ledger, and removes the ledger if none is left. Continues if the ledger
 * cannot be written (its disk is full or read-only): every undo reads the actual state, so that it can be
 * repeated later.
 * @returns the remaining resources; undefined without a ledger, or while another process works on it
 */
export async function replay(
  build: string,
  files: LedgerStore,
  tools: Tools,
  how: Replay,
): Promise<Left[] | undefined> {
  const lock = await lockForCleanUp(files.lockOf(build));
  if (typeof lock === 'string') return undefined;
  using _lock = lock;
  const warn = (line: string): void => tools.report.warn(line);
  const age = files.age(build);
  const found = readLedger(build, files, tolerant(files, build, warn));
  if (found === undefined) return undefined;
  const { ledger } = found;
  // Another process may have resumed it since the scan.
  if (how.although?.(ledger) !== true && ledger.owners.some(isOwnerAlive)) return undefined;
  if (how.release) ledger.retain([], new Date());
  const isForeign = files.uid !== tools.build.user.uid;
  const prove = isForeign ? proofFor(found, age) : undefined;
  const left = await cleanUp(withLedger(tools, ledger), { ...how, prove });
  if (ledger.open().length === 0) forget(build, files, warn);
  return left;
}

/** Removes the ledger of a build. A failure is a warning, because no claim is open. */
export function forget(build: string, files: LedgerStore, warn: (line: string) => void): void {
  try {
    files.remove(build);
  } catch (error) {
    warn(`Ledger without open resources not removed: ${describe(error)}`);
  }
}

/** The `Build` for the cleanup of a build. */
export const buildForCleanup = (id: string, user: User, files: LedgerStore): Build => ({
  id,
  startedAt: new Date(),
  user,
  workspace: '/',
  repository: '/',
  passthroughEnv: {},
  stateDir: files.directory,
  deviceLock: files.deviceLock,
  pathsInUse: async (path) => await pathsInUse(files.directory, id, user.uid, path),
  namesInUse: async (account) => await namesInUse(files.directory, id, user.uid, account),
  devicesInUse: () => devicesInUse(files.directory, id),
});

/** The same tools for the ledger of another build. The undo sets no outputs of this step. */
export function withLedger(tools: Tools, ledger: Ledger): Tools {
  const { shortTimeouts } = tools;
  const same = (other: Tools): Tools => withLedger({ ...other, shortTimeouts }, ledger);
  return {
    ...tools,
    ledger,
    report: { ...tools.report, output: () => {} },
    forCleanup: (stop) => same({ ...tools.forCleanup(stop), report: tools.report }),
    inRegion: async (elsewhere, stop) => {
      const there = await tools.inRegion(elsewhere, stop);
      return same({ ...there, report: regionalReport(tools.report, elsewhere.region) });
    },
  };
}

/** The orphaned builds whose endpoint and account are those of these tools. */
export async function reachable(orphaned: readonly OrphanedBuild[], tools: Tools): Promise<OrphanedBuild[]> {
  const here = orphaned.filter(({ header }) => header.endpoint === tools.cloud.endpoint);
  if (here.length === 0) return [];
  const account = await accountOf(tools.cloud, tools.ledger.header.vm);
  const isReachable = await Promise.all(
    here.map(async ({ header }) => await isOfAccount(header, account, tools.cloud)),
  );
  return here.filter((_, index) => isReachable[index]);
}
