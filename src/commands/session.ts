import { randomBytes } from 'node:crypto';
import { nameOf } from '../cleanup/leftovers.js';
import { recoverEarlier } from '../cleanup/recover.js';
import { buildForCleanup, forget } from '../cleanup/replay.js';
import { reportRetained, retainOnFailure } from '../cleanup/retain.js';
import type { Credentials } from '../config/credentials/types.js';
import { endpointOf } from '../config/kit/endpoint.js';
import type { BuildConfig } from '../config/options/table.js';
import type { WholeConfig } from '../config/read.js';
import { requireKnownRegion } from '../config/rules/regions.js';
import { removeOldCopies } from '../fleet/cache/old-copies.js';
import { readBoard } from '../fleet/read-board.js';
import { makeStartFolders } from '../fleet/start-folders.js';
import { waitHistory } from '../fleet/wait-history.js';
import { passthroughEnv } from '../host/exec/passthrough-env.js';
import { workingDirectory } from '../host/exec/working-directory.js';
import { type VmFacts, whichVm } from '../host/vm.js';
import { RefusalFiles } from '../ledger/refusal-files.js';
import { LedgerStore } from '../ledger/store.js';
import { newLedgerFile } from '../ledger/writer.js';
import type { Cloud } from '../outscale/client/client.js';
import type { FailedEnd, Report } from '../report/report.js';
import { authoritiesOf, connect, connectRemote } from '../runtime/connect.js';
import { openLedger } from '../runtime/open-ledger.js';
import { paceOf } from '../runtime/pace.js';
import type { RegionAccess, Remote } from '../runtime/remote.js';
import { timeoutsOf } from '../runtime/timeouts.js';
import { type Build, createTools, type Tools } from '../runtime/tools.js';
import { listenToCancel } from './cancel.js';
import { readDataSources } from './data-sources.js';
import { exitCodeOf } from './exit-code.js';
import type { Invocation, ReadInvocation } from './invocation.js';

/** The `Build` of a command that can run commands on the VM. */
export const buildOf = (
  id: string,
  startedAt: Date,
  { privileged, environment }: Invocation,
  files: LedgerStore,
): Build => ({
  ...buildForCleanup(id, privileged.user, files),
  startedAt,
  workspace: workingDirectory(environment),
  repository: environment.GITHUB_REPOSITORY || workingDirectory(environment),
  passthroughEnv: passthroughEnv(environment),
  authorities: () => authoritiesOf(environment),
});

/** Finds this VM and its region, and connects to the API there. */
export async function connectVm(
  { access, running }: Pick<BuildConfig, 'access' | 'running'>,
  keys: Credentials,
  { privileged, environment }: Invocation,
  report: Report,
  others: readonly RegionAccess[],
): Promise<{ readonly vm: VmFacts; readonly cloud: Cloud; readonly remote: Remote }> {
  const vm = await whichVm(access);
  requireKnownRegion(vm.region, access);
  const { region } = vm;
  report.output('region', region);
  const endpoint = endpointOf(access.custom_endpoint_oapi, region);
  const refusals = new RefusalFiles(running.state_dir, privileged.user);
  const pace = paceOf(running, privileged.user);
  return {
    vm,
    cloud: connect(access, { endpoint, region, keys, refusals, pace }, report, environment),
    remote: connectRemote(access, { region, vm: vm.vmId, keys, others, refusals, pace }, report, environment),
  };
}

/**
 * Starts a build: reads its configuration, opens its ledger, cleans up orphaned builds, and calls `work`.
 * @param work its last argument returns the locked ledger file, once the ledger has been started
 * @returns the exit code
 */
export async function runNewBuild<C extends Omit<BuildConfig, 'image'> & Pick<WholeConfig, 'template'>>(
  invocation: Invocation,
  report: Report,
  readConfig: ReadInvocation<C>,
  work: (config: C, vm: VmFacts, tools: Tools, locked: () => number) => Promise<void>,
): Promise<number> {
  const { privileged } = invocation;
  const id = randomBytes(6).toString('hex');
  report.begin('build', id);
  report.output('build-id', id);
  let open = (): readonly string[] => [];
  const cancel = listenToCancel(privileged, {
    hasPost: invocation.hasPost === true,
    open: () => open(),
    log: (line) => report.notice(line),
  });
  let end = (): FailedEnd => ({ left: [], keptUntil: undefined, mayKeep: false });
  try {
    const { keys, regions, ...read } = await readConfig(invocation, report);
    const { vm, cloud, remote } = await connectVm(read.config, keys, invocation, report, regions);
    const config = await readDataSources(read, cloud, vm.vmId);
    const { endpoint } = cloud;
    const directory = config.running.state_dir;
    const files = new LedgerStore(directory, privileged.user);
    files.prepare();
    makeStartFolders(directory, privileged.user);
    await removeOldCopies(directory, privileged.user);
    // Not earlier: until here the build has created nothing that post would have to clean up.
    report.saveState('build-id', id);
    const build = buildOf(id, new Date(), invocation, files);
    const file = newLedgerFile(files, id, (line) => report.warn(line));
    const ledger = openLedger(build, cloud, vm, file);
    const tools = createTools(
      {
        build,
        cloud,
        remote,
        ledger,
        report,
        signal: cancel.signal,
        board: readBoard(directory, privileged.user, endpoint, keys.accessKey),
        history: waitHistory(directory, privileged.user, endpoint),
        onFailure: retainOnFailure(config, ledger, cancel.signal),
      },
      timeoutsOf(config.running),
      { all: cancel.undoing },
    );
    open = () => ledger.open().map(nameOf);
    end = () => ({
      left: open(),
      keptUntil: ledger.retainedUntil,
      mayKeep: config.running.on_failure === 'cleanup' && cancel.received() === undefined,
    });
    await using _recovery = await recoverEarlier(LedgerStore.all(directory, privileged.user), vm.vmId, tools);
    await work(config, vm, tools, file.locked)
      .catch(async (error: unknown) => {
        if (await reportRetained(tools, config.access)) report.saveState('kept', 'reported');
        throw error;
      })
      .finally(() => {
        if (ledger.open().length === 0) forget(id, files, (line) => report.warn(line));
      });
    return 0;
  } catch (error) {
    report.failed(error, end());
    return exitCodeOf(error, cancel.received());
  }
}
