import { randomBytes } from 'node:crypto';
import { endpointOf } from '../config/endpoint.js';
import { requireKnownRegion } from '../config/regions.js';
import type { BuildConfig } from '../config/table.js';
import { connect } from '../connect.js';
import { handedOn } from '../host/handed-on.js';
import { RefusalFiles } from '../host/refusal-files.js';
import { StateFiles } from '../host/state-files.js';
import { type VmFacts, whichVm } from '../host/vm.js';
import { workingDirectory } from '../host/working-directory.js';
import type { Report } from '../report/report.js';
import { createTools, limitsOf, openLedger, type Tools } from '../tools.js';
import { holdOnFailure, tellHeld } from '../undo/keep.js';
import { nameOf } from '../undo/left.js';
import { pathsInUse } from '../undo/paths-in-use.js';
import { recoverEarlier } from '../undo/recover.js';
import type { ReadWayIn, WayIn } from '../way-in.js';
import { listenToCancel } from './cancel.js';

/**
 * Begins a build: reads what it is asked to do, opens its ledger, puts away what dead builds left, and does the work.
 * @returns the exit code.
 */
export async function runNewBuild<C extends Pick<BuildConfig, 'access' | 'running'>>(
  way: WayIn,
  report: Report,
  readConfig: ReadWayIn<C>,
  work: (config: C, vm: VmFacts, tools: Tools) => Promise<void>,
): Promise<number> {
  const { inside, environment } = way;
  const id = randomBytes(6).toString('hex');
  report.output('build-id', id);
  let open = (): readonly string[] => [];
  const cancel = listenToCancel(inside, {
    hasPost: way.hasPost === true,
    open: () => open(),
    tell: (line) => report.info(line),
  });
  try {
    const { config, keys } = await readConfig(way, report);
    const vm = await whichVm(config.access);
    requireKnownRegion(vm.region, config.access);
    const { region } = vm;
    report.output('region', region);
    const endpoint = endpointOf(config.access.custom_endpoint_oapi, region);
    const directory = config.running.state_dir;
    const refusals = new RefusalFiles(directory, inside.user);
    const cloud = connect(config.access, { endpoint, region, keys, refusals }, report, environment);
    const files = new StateFiles(directory, inside.user);
    files.prepare();
    // Only now: what fails before has made nothing, and leaves nothing to do for post.
    report.saveState('build-id', id);
    const build = {
      id,
      startedAt: new Date(),
      user: inside.user,
      workspace: workingDirectory(environment),
      handedOn: handedOn(environment),
      stateDir: directory,
      deviceLock: files.deviceLock,
      pathsInUse: () => pathsInUse(directory, id),
    };
    const ledger = openLedger(build, cloud, vm, files);
    const tools = createTools(
      {
        build,
        cloud,
        ledger,
        report,
        signal: cancel.signal,
        failing: holdOnFailure(config.running, ledger, cancel.signal),
      },
      limitsOf(config.running),
      { all: cancel.undoing },
    );
    open = () => ledger.open().map(nameOf);
    await using _recovery = await recoverEarlier(StateFiles.all(directory, inside.user), vm.vmId, tools);
    await work(config, vm, tools)
      .catch(async (error: unknown) => {
        await tellHeld(tools, config.access);
        throw error;
      })
      .finally(() => {
        if (ledger.open().length === 0) files.remove(id);
      });
    return 0;
  } catch (error) {
    report.failed(error);
    return 1;
  }
}
