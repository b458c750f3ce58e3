import { describe } from '../errors.js';
import type { StateFiles } from '../host/state-files.js';
import type { Tools } from '../tools.js';
import { type DeadBuild, deadBuilds, reachable, replay } from './dead-builds.js';
import { leftText } from './left.js';

/**
 * Puts away what earlier builds on this VM left when they died: at once what is on the VM, beside the work of the
 * new build what is in the cloud. At the closing brace that is waited for, unless the build was cancelled: then
 * there is no time left, and the next build goes on with it. Failing is a warning.
 */
export async function recoverEarlier(
  all: readonly StateFiles[],
  vm: string,
  tools: Tools,
): Promise<AsyncDisposable> {
  const dead = deadBuilds(all, vm, tools);
  await recover(dead, 'local', tools);
  const inCloud = async (): Promise<void> => {
    try {
      await recover(await reachable(dead, tools), 'all', tools);
    } catch (error) {
      tools.report.warn(`what earlier builds left was not put away: ${describe(error)}`);
    }
  };
  const ended = inCloud();
  return { [Symbol.asyncDispose]: async () => (tools.signal.aborted ? undefined : await ended) };
}

/**
 * Puts away what dead builds left: on this VM (`local`), or everything, as far as these tools reach it: the same
 * endpoint and account. Another process may be at it at the same time; then it is left to that one. What cannot be
 * put away is a warning and stays in its ledger.
 */
async function recover(dead: readonly DeadBuild[], scope: 'local' | 'all', tools: Tools): Promise<void> {
  for (const { header, files } of dead) {
    const path = files.lockOf(header.build);
    try {
      const left = (await replay(header.build, files, { ...tools, hurried: true }, { scope })) ?? [];
      if (left.length > 0) tools.report.warn(leftText(header, path, left));
    } catch (error) {
      // One ledger keeps nothing from being done with the others.
      tools.report.warn(`what build ${header.build} left was not put away: ${describe(error)}; see ${path}`);
    }
  }
}
