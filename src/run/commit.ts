import { commitBuild } from '../commit-build.js';
import { connect } from '../connect.js';
import { BuildError } from '../errors.js';
import { type Handover, isHandover } from '../handover.js';
import { handedOn } from '../host/handed-on.js';
import { RefusalFiles } from '../host/refusal-files.js';
import { StateFiles } from '../host/state-files.js';
import { workingDirectory } from '../host/working-directory.js';
import type { Report } from '../report/report.js';
import { createTools, limitsOf } from '../tools.js';
import { requireAccount } from '../undo/account.js';
import { nameOf } from '../undo/left.js';
import { readHalfWayIn, type WayIn } from '../way-in.js';
import { listenToCancel } from './cancel.js';
import { showOutcome } from './show.js';
import { takeUp } from './take-up.js';

/** Goes on with a build that `mount` began, to its end. One that fails leaves it as it was. @returns the exit code. */
export async function runCommit(way: WayIn, report: Report): Promise<number> {
  const { inside, environment } = way;
  let open = (): readonly string[] => [];
  const cancel = listenToCancel(inside, {
    hasPost: way.hasPost === true,
    open: () => open(),
    tell: (line) => report.info(line),
  });
  try {
    const { config, keys } = await readHalfWayIn(way, report);
    const { build_id: id = '' } = config.running;
    const files = new StateFiles(config.running.state_dir, inside.user);
    await using taken = await takeUp(id, files);
    const { header, ledger } = taken;
    const handover = handoverOf(ledger.handover, id);
    report.output('build-id', id);
    report.output('region', header.region);
    const refusals = new RefusalFiles(config.running.state_dir, inside.user);
    const cloud = connect(config.access, { ...header, keys, refusals }, report, environment);
    const build = {
      id,
      startedAt: new Date(handover.startedAt),
      user: inside.user,
      workspace: workingDirectory(environment),
      handedOn: handedOn(environment),
      stateDir: files.directory,
      deviceLock: files.deviceLock,
      pathsInUse: () => [],
    };
    const limits = limitsOf({ ...config.running, ...handover.limits, ...config.limits });
    const parts = { build, cloud, ledger, report, signal: cancel.signal };
    const tools = createTools(parts, limits, { all: cancel.undoing });
    await requireAccount(header, tools);
    open = () => ledger.open().map(nameOf);
    const outcome = await commitBuild(handover, config, tools);
    showOutcome(outcome, { buildId: id, region: header.region }, environment, report);
    return 0;
  } catch (error) {
    report.failed(error);
    return 1;
  }
}

function handoverOf(found: object | undefined, id: string): Handover {
  if (isHandover(found)) return found;
  throw new BuildError(`build_id: ${id} is no build that mount began`);
}
