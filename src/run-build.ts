import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.js';
import { listenToCancel } from './cancel.js';
import { endpointOf } from './config/endpoint.js';
import { connect } from './connect.js';
import { describe } from './errors.js';
import { handedOn } from './host/handed-on.js';
import { StateFiles } from './host/state-files.js';
import { whichVm } from './host/vm.js';
import { holdOnFailure, tellHeld } from './keep.js';
import { nameOf } from './left.js';
import type { Outcome } from './publish.js';
import { recoverEarlier } from './recover.js';
import type { BuildFacts } from './report/facts.js';
import type { Report } from './report/report.js';
import { createTools, limitsOf, openLedger } from './tools.js';
import { readWayIn, type WayIn } from './way-in.js';

/** Builds an OMI from beginning to end, and shows it. @returns the exit code. */
export async function runBuild(way: WayIn, report: Report): Promise<number> {
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
    const { config, keys } = await readWayIn(way, report);
    const vm = await whichVm(config.access);
    const { region } = vm;
    report.output('region', region);
    const endpoint = endpointOf(config.access.custom_endpoint_oapi, region);
    const cloud = connect(config.access, { endpoint, region, keys }, report, environment);
    const files = new StateFiles(config.running.state_dir, inside.user);
    files.prepare();
    // Only now: what fails before has made nothing, and leaves nothing to do for post.
    report.saveState('build-id', id);
    const facts = {
      id,
      startedAt: new Date(),
      user: inside.user,
      workspace: environment.GITHUB_WORKSPACE ?? process.cwd(),
      handedOn: handedOn(environment),
      deviceLock: files.deviceLock,
    };
    const ledger = openLedger(facts, cloud, vm, files);
    const tools = createTools(
      {
        build: facts,
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
    await using _recovery = await recoverEarlier(
      StateFiles.all(config.running.state_dir, inside.user),
      tools,
    );
    const outcome = await build(config, vm, tools)
      .catch(async (error: unknown) => {
        await tellHeld(tools);
        throw error;
      })
      .finally(() => {
        if (ledger.open().length === 0) files.remove(id);
      });
    const told = factsOf(outcome, id, region);
    writeManifest(join(environment.RUNNER_TEMP ?? tmpdir(), `build-omi-${id}.json`), told, report);
    report.summary(told);
    return 0;
  } catch (error) {
    report.failed(error);
    return 1;
  }
}

/** The OMI is there by now: a file that cannot be written no longer fails the build. */
function writeManifest(path: string, facts: BuildFacts, report: Report): void {
  try {
    report.manifest(path, facts);
  } catch (error) {
    report.warn(`the manifest was not written: ${describe(error)}`);
  }
}

const factsOf = (
  { image, snapshot, volume, source }: Outcome,
  buildId: string,
  region: string,
): BuildFacts => ({
  buildId,
  region,
  ...(image === undefined ? {} : { omi: { id: image.id, name: image.name } }),
  snapshots: [{ id: snapshot.id, ...(volume.size === undefined ? {} : { sizeGiB: volume.size }) }],
  ...(source === undefined ? {} : { source }),
});
