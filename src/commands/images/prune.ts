import { linesOf } from '../../cleanup/leftovers.js';
import type { Decision } from '../../cleanup/retention/decide.js';
import { finishEarlier } from '../../cleanup/retention/earlier.js';
import { policyOf } from '../../cleanup/retention/policy.js';
import { findForPrune, removeAll, retentionPhase } from '../../cleanup/retention/retention.js';
import { ageText } from '../../cleanup/sweep/table.js';
import { BuildError } from '../../common/errors.js';
import { readPrune } from '../../config/read-find.js';
import type { Cancel } from '../../host/exec/relaunch-request.js';
import { PendingError } from '../../outscale/calls/late.js';
import { columns } from '../../report/format.js';
import type { Report } from '../../report/report.js';
import { exitCodeOf } from '../exit-code.js';
import { contextWithNotices, type Invocation, keysFor } from '../invocation.js';
import { openPruning, type Pruning } from './pruning.js';
import { connectRegion } from './region.js';

/**
 * Lists the older OMIs of a family that the options do not retain, and removes them with `--yes`. With a
 * region it needs no Outscale VM.
 * @returns the exit code: 1 if an OMI or a snapshot could not be removed
 */
export async function runPrune(invocation: Invocation, report: Report): Promise<number> {
  const cancel = new AbortController();
  let received: Cancel | undefined;
  invocation.privileged.onCancel((signal) => {
    received ??= signal;
    cancel.abort(new BuildError(`prune was cancelled (${signal})`, { brief: 'cancelled' }));
  });
  report.begin('prune');
  try {
    const context = { ...contextWithNotices(invocation, report), callsApi: true };
    const config = await readPrune(invocation.read, context);
    const keys = await keysFor(config, context, report);
    const region = await connectRegion(config, keys, invocation, report, { vm: true, pace: true });
    const isWanted = invocation.read('yes') === 'true';
    const policy = policyOf({
      ...config.image,
      family: config.family,
      skip_create_omi: false,
      keep_volume: false,
    });
    if (policy === undefined) throw new TypeError('a limit is required');
    const { cloud, vm } = region;
    const { account, newest, decisions } = await report.phase(
      'Find older OMIs',
      async () => await findForPrune(policy, vm, cloud.with(cancel.signal)),
    );
    report.info(newest === undefined ? `No OMI of family ${policy.family}.` : `The newest OMI is ${newest}.`);
    list(decisions, isWanted, report);
    if (!isWanted) return 0;
    const pruning = openPruning({ ...region, account, config, signal: cancel.signal }, invocation, report);
    return await report.phase(retentionPhase, async () => await remove(decisions, pruning));
  } catch (error) {
    report.failed(error);
    return exitCodeOf(error, received);
  }
}

const titles = ['id', 'name', 'age', 'why'];

function list(decisions: readonly Decision[], isWanted: boolean, report: Report): void {
  const table = (rows: readonly Decision[]): string[] =>
    columns([titles, ...rows.map(({ id, name, age, why }) => [id, name, ageText(age), why])]);
  const going = decisions.filter(({ goes }) => goes);
  const staying = decisions.filter(({ goes }) => !goes);
  const lines = [
    ...(going.length === 0 ? ['Nothing to remove.'] : table(going)),
    ...(staying.length === 0 ? [] : ['Not removed by prune:', ...table(staying)]),
    ...(going.length === 0 || isWanted ? [] : ['Run prune with --yes to remove the OMIs of the first list.']),
  ];
  for (const line of lines) report.info(line);
}

async function remove(decisions: readonly Decision[], { tools, begin, end }: Pruning): Promise<number> {
  const going = decisions.filter(({ goes }) => goes);
  if (going.length > 0) await begin();
  const { removed, failures } = await removeAll(going, tools);
  tools.report.result(`${removed.length} of ${going.length} removed`);
  const isDone = end();
  // Afterwards: a deregistration that was not answered may be done now.
  const left = await finishEarlier(tools);
  if (left.length > 0) tools.report.warn(['Could not remove:', ...left.flatMap(linesOf)].join('\n'));
  tools.signal.throwIfAborted();
  const isClean = left.every(({ error }) => error instanceof PendingError);
  return isClean && failures === 0 && isDone ? 0 : 1;
}
