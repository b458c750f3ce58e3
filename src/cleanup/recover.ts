import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, describe } from '../common/errors.js';
import type { LedgerStore } from '../ledger/store.js';
import type { Tools } from '../runtime/tools.js';
import { leftText } from './leftovers.js';
import { lookBack } from './look-back.js';
import { type OrphanedBuild, orphanedBuilds, reachable, replay } from './replay.js';

/**
 * Milliseconds for which the end of a build waits for the cleanup of others, and the number of ledgers at a
 * time.
 */
const grace = 1_500;
const atOnce = 8;

/**
 * Cleans up orphaned builds of this VM: resources on the VM before it returns, resources in the cloud during
 * the new build. The closing brace waits a moment for the latter, unless the build was cancelled. The next
 * build on this VM continues with the rest. A failure is a warning.
 */
export async function recoverEarlier(
  all: readonly LedgerStore[],
  vm: string,
  tools: Tools,
): Promise<AsyncDisposable> {
  const orphaned = await orphanedBuilds(all, vm, tools);
  for (const one of orphaned) await recover(one, 'local', tools);
  const end = new AbortController();
  const ended = recoverInCloud(orphaned, tools, end.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      if (tools.signal.aborted)
        return end.abort(new BuildError('the build was cancelled', { brief: 'cancelled' }));
      await atMost(grace, ended);
      end.abort(
        new BuildError('the build that cleaned it up has ended; the next build on this VM continues'),
      );
      // API calls stop at once. A program that is being terminated is not awaited.
      await atMost(2_000 - grace, ended);
    },
  };
}

/** Waits for some work, at most this number of milliseconds. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const overdue = sleep(ms, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([work, overdue]);
  timer.abort();
}

/** Works on several ledgers at a time, so that waiting for one volume does not delay the others. */
async function recoverInCloud(
  orphaned: readonly OrphanedBuild[],
  tools: Tools,
  end: AbortSignal,
): Promise<void> {
  const stoppable: Tools = { ...tools, forCleanup: () => tools.forCleanup(end) };
  try {
    await lookBack(stoppable.forCleanup());
    const queue = (await reachable(orphaned, tools)).values();
    const work = async (): Promise<void> => {
      for (const one of queue) if (!end.aborted) await recover(one, 'all', stoppable, end);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  } catch (error) {
    if (!end.aborted) tools.report.warn(`Cleanup of earlier builds failed: ${describe(error)}`);
  }
}

/**
 * Cleans up an orphaned build: on this VM (`local`), or in the cloud too (`all`). Does nothing while another
 * process cleans it up. A resource that cannot be released is a warning and stays in its ledger.
 */
async function recover(
  { header, files }: OrphanedBuild,
  scope: 'local' | 'all',
  tools: Tools,
  end?: AbortSignal,
): Promise<void> {
  const path = files.lockOf(header.build);
  const log = (text: string): void => (end?.aborted ? tools.report.notice(text) : tools.report.warn(text));
  try {
    const report = reportOfEarlier(header.build, tools.report);
    const left =
      (await replay(header.build, files, { ...tools, report, shortTimeouts: true }, { scope })) ?? [];
    if (left.length > 0) log(leftText(header, path, left));
  } catch (error) {
    // Continue with the other ledgers.
    log(`Cleanup of build ${header.build} failed: ${describe(error)}; see ${path}`);
  }
}

/** Its undos are lines of their own: they are no part of the build that does them. */
const reportOfEarlier = (build: string, report: Tools['report']): Tools['report'] => ({
  ...report,
  undoing: async (title, work) => {
    report.info(`Earlier build ${build}: ${title}`);
    return await work();
  },
});
