import { describe } from '../../common/errors.js';
import { elsewhereOf } from '../../ledger/elsewhere.js';
import { LedgerStore } from '../../ledger/store.js';
import type { Tools } from '../../runtime/tools.js';
import type { Left } from '../leftovers.js';
import { orphanedBuilds, reachable, replay } from '../replay.js';

/**
 * Finishes the removals that earlier builds and prunes of this user began: deletes the snapshots of OMIs that
 * they deregistered. Other resources are left for the next build.
 * @returns what could not be removed
 */
export async function finishEarlier(tools: Tools): Promise<Left[]> {
  const { build, ledger, report } = tools;
  const all = LedgerStore.all(build.stateDir, build.user);
  const orphaned = (await orphanedBuilds(all, ledger.header.vm, tools)).filter((one) => {
    const open = one.ledger.open();
    return (
      open.length > 0 && open.every(({ kind, data }) => kind === 'expired' && elsewhereOf(data) === undefined)
    );
  });
  const left: Left[] = [];
  for (const { header, files } of await reachable(orphaned, tools)) {
    const quick = { ...tools, shortTimeouts: true };
    const found = await replay(header.build, files, quick, { scope: 'all' }).catch((error: unknown) => {
      report.warn(`Removals of build ${header.build} not finished: ${describe(error)}`);
    });
    left.push(...(found ?? []));
  }
  return left;
}
