import { cleanUp } from './cleanup.js';
import { describe } from './errors.js';
import { lives } from './host/identity.js';
import { ifUnlocked } from './host/lock.js';
import type { StateFiles } from './host/state-files.js';
import { type Header, Ledger } from './ledger.js';
import { type Left, leftText } from './left.js';
import type { Tools } from './tools.js';

/** A build whose owner has ended without putting everything away. */
interface DeadBuild {
  readonly header: Header;
  readonly files: StateFiles;
}

/**
 * Puts away what earlier builds on this VM left when they died: at once what is on the VM, beside the work of the
 * new build what is in the cloud. At the closing brace that is waited for, unless the build was cancelled: then
 * there is no time left, and the next build goes on with it. Failing is a warning.
 */
export async function recoverEarlier(all: readonly StateFiles[], tools: Tools): Promise<AsyncDisposable> {
  const dead = deadBuilds(all, tools);
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

/** The dead builds of these users on this VM. A file that is no ledger of ours is passed over with a warning. */
function deadBuilds(all: readonly StateFiles[], tools: Pick<Tools, 'report'>): DeadBuild[] {
  return all.flatMap((files) =>
    files.builds().flatMap((id) => {
      try {
        const text = files.read(id);
        if (text === undefined) return [];
        const { header, ledger } = Ledger.resume(text, () => {});
        return lives(ledger.owner) ? [] : [{ header, files }];
      } catch (error) {
        tools.report.warn(`the ledger of build ${id} cannot be read: ${describe(error)}`);
        return [];
      }
    }),
  );
}

/**
 * Puts away what dead builds left: on this VM (`local`), or everything, as far as these tools reach it: the same
 * endpoint and account. Another process may be at it at the same time; then it is left to that one. What cannot be
 * put away is a warning and stays in its ledger.
 */
async function recover(dead: readonly DeadBuild[], scope: 'local' | 'all', tools: Tools): Promise<void> {
  for (const { header, files } of dead) {
    const left = (await replay(header.build, files, tools, { scope })) ?? [];
    if (left.length > 0) tools.report.warn(leftText(header, files.lockOf(header.build), left));
  }
}

/**
 * Puts away what a ledger has open, and forgets it when that is all.
 * @param how `although` tells whether that may be done while its owner lives.
 * @returns what is left; undefined when there is no ledger, or somebody else is at it.
 */
export async function replay(
  build: string,
  files: StateFiles,
  tools: Tools,
  how: { readonly scope: 'local' | 'all'; readonly although?: (ledger: Ledger) => boolean },
): Promise<Left[] | undefined> {
  let left: Left[] | undefined;
  await ifUnlocked(files.lockOf(build), async () => {
    const text = files.read(build);
    if (text === undefined) return;
    const { ledger } = Ledger.resume(text, files.appender(build));
    // Somebody may have taken it up since it was looked at.
    if (lives(ledger.owner) && how.although?.(ledger) !== true) return;
    left = await cleanUp(withLedger(tools, ledger), how.scope);
    if (ledger.open().length === 0) files.remove(build);
  });
  return left;
}

/** The same tools for the things of another build: what is undone is no output of this step. */
function withLedger(tools: Tools, ledger: Ledger): Tools {
  const report = { ...tools.report, output: () => {} };
  return { ...tools, ledger, report, calm: () => ({ ...tools.calm(), ledger, report }) };
}

/** Those of the dead builds whose things in the cloud these tools can reach. */
async function reachable(dead: readonly DeadBuild[], tools: Tools): Promise<DeadBuild[]> {
  const here = dead.filter(({ header }) => header.endpoint === tools.cloud.endpoint);
  if (here.length === 0) return [];
  const { Accounts } = await tools.cloud.call('ReadAccounts', {});
  return here.filter(({ header }) => Accounts?.some(({ AccountId }) => AccountId === header.account));
}
