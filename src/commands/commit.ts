import { requireAccount } from '../cleanup/account.js';
import { nameOf } from '../cleanup/leftovers.js';
import { policyOf } from '../cleanup/retention/policy.js';
import { BuildError } from '../common/errors.js';
import { readBoard } from '../fleet/read-board.js';
import { waitHistory } from '../fleet/wait-history.js';
import { RefusalFiles } from '../ledger/refusal-files.js';
import { LedgerStore } from '../ledger/store.js';
import { commitBuild } from '../pipeline/commit.js';
import { type Handover, handoverFrom } from '../pipeline/handover.js';
import { recordedOptions } from '../pipeline/recorded-options.js';
import type { Report } from '../report/report.js';
import { connect, connectRemote } from '../runtime/connect.js';
import { paceOf } from '../runtime/pace.js';
import { timeoutsOf } from '../runtime/timeouts.js';
import { createTools } from '../runtime/tools.js';
import { listenToCancel } from './cancel.js';
import { readDataSources } from './data-sources.js';
import { exitCodeOf } from './exit-code.js';
import { retainFamily } from './images/retention.js';
import { type Invocation, readHalfInvocation } from './invocation.js';
import { reported } from './outcome.js';
import { ownBuild } from './own-build.js';
import { resumeBuild } from './resume.js';
import { buildOf } from './session.js';

/**
 * Completes a build that `mount` started. After a failure the build can be committed again. @returns the exit
 * code
 */
export async function runCommit(invocation: Invocation, report: Report): Promise<number> {
  const { privileged, environment } = invocation;
  let open = (): readonly string[] => [];
  const cancel = listenToCancel(privileged, {
    hasPost: invocation.hasPost === true,
    open: () => open(),
    log: (line) => report.notice(line),
  });
  try {
    const { keys, regions: others, ...read } = await readHalfInvocation(invocation, report);
    const first = read.config;
    const files = new LedgerStore(first.running.state_dir, privileged.user);
    const id = first.running.build_id ?? ownBuild(files, privileged.starter);
    await using resumed = await resumeBuild(id, files, report);
    const { header, ledger } = resumed;
    const handover = handoverOf(ledger.handover, id);
    report.begin('commit of build', id);
    report.output('build-id', id);
    report.output('region', header.region);
    const refusals = new RefusalFiles(first.running.state_dir, privileged.user);
    const pace = paceOf(first.running, privileged.user);
    const to = { ...header, keys, refusals, pace };
    const cloud = connect(first.access, to, report, environment);
    const remote = connectRemote(first.access, { ...to, others }, report, environment);
    const startedAt = new Date(handover.startedAt);
    const config = await readDataSources(read, cloud, header.vm);
    // `mount` reserved the mount path. No other build can use it.
    const build = { ...buildOf(id, startedAt, invocation, files), pathsInUse: async () => [] };
    const timeouts = timeoutsOf({ ...config.running, ...handover.limits, ...config.limits });
    const history = waitHistory(config.running.state_dir, privileged.user, header.endpoint);
    const board = readBoard(config.running.state_dir, privileged.user, header.endpoint, keys.accessKey);
    const parts = { board, build, cloud, remote, ledger, report, signal: cancel.signal, history };
    const tools = createTools(parts, timeouts, { all: cancel.undoing });
    await requireAccount(header, tools);
    open = () => ledger.open().map(nameOf);
    const image = { ...config.image, ...handover.image, ...config.given };
    const policy = policyOf(image);
    const own = recordedOptions(image, config.quality);
    const options = { ...handover.options, ...own };
    await reported(
      { buildId: id, region: header.region, startedAt, options },
      invocation,
      tools,
      async (record) => {
        const committed = await commitBuild(handover, config, tools, record);
        record.removed = await retainFamily(policy, committed, header.vm, tools);
        return committed;
      },
    );
    return 0;
  } catch (error) {
    report.failed(error, { left: open(), keptUntil: undefined, mayKeep: false });
    return exitCodeOf(error, cancel.received());
  }
}

function handoverOf(found: object | undefined, id: string): Handover {
  const handover = handoverFrom(found);
  if (handover !== undefined) return handover;
  throw new BuildError(`build_id: mount did not start build ${id}`);
}
