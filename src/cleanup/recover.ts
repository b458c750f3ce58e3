import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, describe } from '../common/errors.js';
import type { LedgerStore } from '../ledger/store.js';
import type { Tools } from '../runtime/tools.js';
import { leftText } from './leftovers.js';
import { type OrphanedBuild, orphanedBuilds, reachable, replay } from './replay.js';

/** Milliseconds for which the end of a build waits for what is done beside it, and how many ledgers are worked on at once. */
const grace = 1_500;
const atOnce = 8;

/**
 * Puts away what earlier builds on this VM left when they died: at once what is on the VM, beside the work of the
 * new build what is in the cloud. At the closing brace that is given a moment more, unless the build was cancelled;
 * what is not done by then stays in its ledger for the next build. Failing is a warning.
 */
export async function recoverEarlier(
  all: readonly LedgerStore[],
  vm: string,
  tools: Tools,
): Promise<AsyncDisposable> {
  const dead = orphanedBuilds(all, vm, tools);
  for (const one of dead) await recover(one, 'local', tools);
  const end = new AbortController();
  const ended = recoverInCloud(dead, tools, end.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      if (tools.signal.aborted) return end.abort(new BuildError('the build was cancelled'));
      await atMost(grace, ended);
      end.abort(
        new BuildError('the build that removed it has ended; the next build on this VM goes on with it'),
      );
      // What is undone stops at once; a program that is being ended is not waited for.
      await atMost(2_000 - grace, ended);
    },
  };
}

/** Waits for some work, for at most so many milliseconds. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const overdue = sleep(ms, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([work, overdue]);
  timer.abort();
}

/** Works on several ledgers at a time: what one volume waits for does not delay the others. */
async function recoverInCloud(dead: readonly OrphanedBuild[], tools: Tools, end: AbortSignal): Promise<void> {
  const stoppable: Tools = { ...tools, forCleanup: () => tools.forCleanup(end) };
  try {
    const queue = (await reachable(dead, tools)).values();
    const work = async (): Promise<void> => {
      for (const one of queue) if (!end.aborted) await recover(one, 'all', stoppable, end);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  } catch (error) {
    if (!end.aborted) tools.report.warn(`what earlier builds left was not put away: ${describe(error)}`);
  }
}

/**
 * Puts away what a dead build left: on this VM (`local`), or everything, as far as these tools reach it: the same
 * endpoint and account. Another process may be at it at the same time; then it is left to that one. What cannot be
 * put away is a warning and stays in its ledger.
 */
async function recover(
  { header, files }: OrphanedBuild,
  scope: 'local' | 'all',
  tools: Tools,
  end?: AbortSignal,
): Promise<void> {
  const path = files.lockOf(header.build);
  const tell = (text: string): void => (end?.aborted ? tools.report.notice(text) : tools.report.warn(text));
  try {
    const left = (await replay(header.build, files, { ...tools, shortTimeouts: true }, { scope })) ?? [];
    if (left.length > 0) tell(leftText(header, path, left));
  } catch (error) {
    // One ledger keeps nothing from being done with the others.
    tell(`what build ${header.build} left was not put away: ${describe(error)}; see ${path}`);
  }
}
