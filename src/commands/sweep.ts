import { cleanUp } from '../cleanup/clean-up.js';
import { type Left, linesOf } from '../cleanup/leftovers.js';
import { buildForCleanup, replay, withLedger } from '../cleanup/replay.js';
import { type Found, scan } from '../cleanup/sweep/scan.js';
import { tableOf } from '../cleanup/sweep/table.js';
import { BuildError, describe } from '../common/errors.js';
import { mebibytes } from '../common/mebibytes.js';
import { endpointOf } from '../config/kit/endpoint.js';
import { requireKnownRegion } from '../config/rules/regions.js';
import { readSweep, type SweepConfig } from '../config/sweep.js';
import { clearCaches, removeCacheCopies } from '../fleet/cache/clear.js';
import { clearImages } from '../fleet/clear-images.js';
import type { Cancel } from '../host/exec/relaunch-request.js';
import { type VmFacts, whichVm } from '../host/vm.js';
import type { Claims, Kind } from '../ledger/claims.js';
import { Ledger } from '../ledger/ledger.js';
import { RefusalFiles } from '../ledger/refusal-files.js';
import { LedgerStore } from '../ledger/store.js';
import type { Report } from '../report/report.js';
import { connect, connectRemote } from '../runtime/connect.js';
import { paceOf } from '../runtime/pace.js';
import { timeoutsOf } from '../runtime/timeouts.js';
import { createTools, type Tools } from '../runtime/tools.js';
import { exitCodeOf } from './exit-code.js';
import { type Invocation, readForCleanUp, readWithoutKeys } from './invocation.js';

/**
 * Lists the resources of orphaned builds on this VM and in the account, and removes them with `--yes`.
 * @returns the exit code: 1 if a resource could not be removed
 */
export async function runSweep(invocation: Invocation, report: Report): Promise<number> {
  const cancel = new AbortController();
  let received: Cancel | undefined;
  invocation.privileged.onCancel((signal) => {
    received ??= signal;
    cancel.abort(new BuildError(`the sweep was cancelled (${signal})`, { brief: 'cancelled' }));
  });
  try {
    const options = await readSweep(invocation.read);
    if (options.cache) return await emptyCaches(invocation, report);
    const { config, keys, regions: others } = await readForCleanUp(invocation, report);
    const vm = await whichVm(config.access);
    requireKnownRegion(vm.region, config.access);
    const to = {
      endpoint: endpointOf(config.access.custom_endpoint_oapi, vm.region),
      region: vm.region,
      keys,
      refusals: new RefusalFiles(config.running.state_dir, invocation.privileged.user),
      pace: paceOf(config.running, invocation.privileged.user),
    };
    const files = new LedgerStore(config.running.state_dir, invocation.privileged.user);
    const build = buildForCleanup('sweep', invocation.privileged.user, files);
    const cloud = connect(config.access, to, report, invocation.environment);
    const remote = connectRemote(
      config.access,
      { ...to, vm: vm.vmId, others },
      report,
      invocation.environment,
    );
    const ledger = ledgerInMemory(to.endpoint, vm, build.user.uid);
    const tools = createTools(
      { build, cloud, remote, ledger, report, signal: cancel.signal },
      timeoutsOf(config.running),
      { all: cancel.signal },
    );
    const found = await report.phase(
      'Find resources of orphaned builds',
      async () => await scan(options, files.directory, vm.vmId, tools),
    );
    list(found, options, report);
    if (!options.yes) return 0;
    await removeCacheCopies(config.running.state_dir, build.user);
    return await report.phase('Clean up', async () => await remove(found, options, tools));
  } catch (error) {
    report.failed(error);
    return exitCodeOf(error, received);
  }
}

async function emptyCaches(invocation: Invocation, report: Report): Promise<number> {
  const { running } = await readWithoutKeys(invocation, report);
  const { user } = invocation.privileged;
  const caches = await clearCaches(running.state_dir, user);
  const images = await clearImages(running.state_dir, user);
  const show = ({ count, bytes }: { readonly count: number; readonly bytes: number }, what: string): void =>
    report.info(`Removed ${count} ${what}${count === 1 ? '' : 's'}, ${mebibytes(bytes)}`);
  show(caches, 'cache');
  show(images, 'downloaded image');
  return 0;
}

function list({ findings }: Found, { yes }: SweepConfig, report: Report): void {
  const [going, staying] = [findings.filter(({ goes }) => goes), findings.filter(({ goes }) => !goes)];
  const lines = [
    ...(going.length === 0 ? ['Nothing to remove.'] : tableOf(going)),
    ...(staying.length === 0 ? [] : ['Not removed by sweep:', ...tableOf(staying)]),
    ...(going.length === 0 || yes ? [] : ['Run sweep with --yes to remove the resources of the first list.']),
  ];
  for (const line of lines) report.info(line);
}

async function remove(
  { orphaned, reached, orphans }: Found,
  options: SweepConfig,
  tools: Tools,
): Promise<number> {
  const left: Left[] = [];
  let failures = 0;
  for (const one of orphaned) {
    const { build } = one.header;
    const scope = reached.has(one) ? 'all' : 'local';
    const how = { scope, release: build === options.build_id } as const;
    const found = await replay(build, one.files, tools, how).catch((error: unknown) => {
      failures += 1;
      tools.report.warn(`Build ${build} could not be cleaned up: ${describe(error)}`);
    });
    left.push(...(found ?? []));
  }
  for (const one of orphans.flatMap(({ claims }) => claims)) claim(tools.ledger, one);
  left.push(...(await cleanUp(withLedger(tools, tools.ledger))));
  if (left.length === 0) return failures === 0 ? 0 : 1;
  tools.report.warn(['Could not remove:', ...left.flatMap(linesOf)].join('\n'));
  return 1;
}

/** A ledger in memory, for orphans in the account. It needs no file: another sweep finds them again. */
const ledgerInMemory = (endpoint: string, vm: VmFacts, user: number): Ledger =>
  new Ledger(
    {
      endpoint,
      region: vm.region,
      ledger: 1,
      build: 'sweep',
      vm: vm.vmId,
      user,
      owner: { pid: process.pid, start: '', boot: '' },
    },
    () => {},
  );

const claim = <K extends Kind>(ledger: Ledger, { kind, data }: { kind: K; data: Claims[K] }): void =>
  void ledger.claim(kind, data);
