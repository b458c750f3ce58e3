import { randomBytes } from 'node:crypto';
import { policyOf } from '../cleanup/retention/policy.js';
import { LedgerStore } from '../ledger/store.js';
import { type Plan, planBuild } from '../pipeline/plan.js';
import type { Report } from '../report/report.js';
import { openLedger } from '../runtime/open-ledger.js';
import { timeoutsOf } from '../runtime/timeouts.js';
import { createTools } from '../runtime/tools.js';
import { listenToCancel } from './cancel.js';
import { readDataSources } from './data-sources.js';
import { exitCodeOf } from './exit-code.js';
import { plannedRetention } from './images/retention.js';
import { type Invocation, readInvocation } from './invocation.js';
import { buildOf, connectVm } from './session.js';

/** The lines of a ledger that is not written. */
const inMemory = { create: async () => {}, append: () => {} };

/**
 * Makes the checks of a build and shows what the build would do. Changes nothing, in the account and on the
 * VM: its ledger is in memory, and orphaned builds are left for the next build. @returns the exit code
 */
export async function runPlan(invocation: Invocation, report: Report): Promise<number> {
  const { privileged } = invocation;
  report.begin('plan');
  const cancel = listenToCancel(privileged, {
    hasPost: false,
    open: () => [],
    log: (line) => report.notice(line),
  });
  try {
    const { keys, regions, ...read } = await readInvocation(invocation, report);
    const { vm, cloud, remote } = await connectVm(read.config, keys, invocation, report, regions);
    const config = await readDataSources(read, cloud, vm.vmId);
    const files = new LedgerStore(config.running.state_dir, privileged.user);
    const build = buildOf(randomBytes(6).toString('hex'), new Date(), invocation, files);
    const ledger = openLedger(build, cloud, vm, inMemory);
    const tools = createTools(
      { build, cloud, remote, ledger, report, signal: cancel.signal },
      timeoutsOf(config.running),
    );
    const plan = await planBuild(config, vm, tools);
    const removal = await plannedRetention(policyOf(config.image), plan, tools);
    show({ ...plan, steps: [...plan.steps, ...removal] }, report);
    return 0;
  } catch (error) {
    report.failed(error);
    return exitCodeOf(error, cancel.received());
  }
}

function show({ target, steps }: Plan, report: Report): void {
  const { account, vm, source, labels } = target;
  const from =
    source === undefined ? 'scratch' : [source.origin.id, source.origin.name].filter(Boolean).join(' ');
  for (const line of [
    `Plan for OMI ${labels.name} from ${from}`,
    `Account ${account || 'unknown'}, region ${vm.region}, ${vm.vmId} in ${vm.subregion}`,
    ...steps.flatMap(({ title, details }, index) => [
      `${index + 1}. ${title}`,
      ...details.map((detail) => `   ${detail}`),
    ]),
    'Nothing was changed.',
  ])
    report.info(line);
}
