import type { SweepConfig } from '../../config/sweep.js';
import { isInUse } from '../../host/disk/exclusive.js';
import { diskOf } from '../../host/disk/find-disk.js';
import { LedgerStore } from '../../ledger/store.js';
import type { Tools } from '../../runtime/tools.js';
import { knownBuilds, type OrphanedBuild, orphanedBuilds, reachable } from '../replay.js';
import { readAccount } from './account.js';
import { findInLedgers } from './find-in-ledgers.js';
import { findOrphans } from './find-orphans.js';
import type { Finding, Orphan } from './finding.js';
import { findFailedCopies, findUnusedCopies } from './source-copies.js';

/** Orphaned builds with a ledger on this VM, and resources of the account that no ledger contains. */
export interface Found {
  readonly orphaned: readonly OrphanedBuild[];
  readonly reached: ReadonlySet<OrphanedBuild>;
  readonly findings: readonly Finding[];
  readonly orphans: readonly Orphan[];
}

/**
 * Finds the resources of orphaned builds, in the ledgers of this VM and in the account.
 * @param directory the state directory
 * @param thisVm its ID
 */
export async function scan(
  options: SweepConfig,
  directory: string,
  thisVm: string,
  tools: Tools,
): Promise<Found> {
  const { user } = tools.build;
  const root = { ...user, uid: 0 };
  const builds = (): string[] => knownBuilds(LedgerStore.all(directory, root), thisVm);
  const isWanted = (build: string): boolean => options.build_id === undefined || options.build_id === build;
  const found = await orphanedBuilds(LedgerStore.all(directory, user), thisVm, tools);
  const orphaned = found.filter(({ header }) => isWanted(header.build));
  const reached = new Set(await reachable(orphaned, tools));
  // Before and after: a build may start or end while the account is read.
  const before = builds();
  const account = await readAccount(tools.cloud, thisVm);
  const known = new Set([...before, ...builds()]);
  const now = Date.now();
  const { older_than: olderThan, build_id: released } = options;
  const facts = { now, olderThan, thisVm, known, released, diskOf, isInUse };
  const unused = options.source_copies;
  const orphans = [
    ...findOrphans(account, facts),
    ...findFailedCopies(account, facts),
    ...(unused === undefined ? [] : findUnusedCopies(account, unused, now)),
  ].filter(({ build }) => isWanted(build));
  const open = findInLedgers(orphaned, (one) => reached.has(one), released);
  return { orphaned, reached, findings: [...open, ...orphans], orphans };
}
