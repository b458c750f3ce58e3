import { setTimeout as sleep } from 'node:timers/promises';
import { OtherAccountError, requireAccount } from '../cleanup/account.js';
import { isWorkedOn } from '../cleanup/alive.js';
import { type Left, leftText, nameOf } from '../cleanup/leftovers.js';
import { lookBack } from '../cleanup/look-back.js';
import { buildForCleanup, type Replay, replay } from '../cleanup/replay.js';
import { reportRetained } from '../cleanup/retain.js';
import { BuildError, describe } from '../common/errors.js';
import { isOwnerAlive } from '../host/proc/identity.js';
import { isLocal } from '../ledger/claims.js';
import type { Header } from '../ledger/lines.js';
import { endLockHolder } from '../ledger/lock-holder.js';
import { readLedger, type Written } from '../ledger/read.js';
import { RefusalFiles } from '../ledger/refusal-files.js';
import { LedgerStore } from '../ledger/store.js';
import { PendingError } from '../outscale/calls/late.js';
import type { Report } from '../report/report.js';
import { connect, connectRemote } from '../runtime/connect.js';
import { paceOf } from '../runtime/pace.js';
import { timeoutsOf } from '../runtime/timeouts.js';
import { createTools, type Tools } from '../runtime/tools.js';
import { type Invocation, readForCleanUp } from './invocation.js';

/**
 * Milliseconds to wait for a cancelled build to end, for one undo, and for the whole cleanup. The runner ends
 * post after five minutes, and post must have listed what it leaves behind by then.
 */
const timeouts = { owner: 15_000, each: 60_000, all: 240_000 };

/**
 * Cleans up the resources that a build left behind. With keys of another account, or if the API does not
 * respond, it cleans up only what is on the VM.
 * @param how `abort`: also remove what the build retained on failure, and refuse keys of another account;
 *   `reported`: the build has reported what it retained
 * @returns the exit code: 1 if a resource remains, 0 if one may only appear later
 */
export async function runPost(
  invocation: Invocation,
  buildId: string,
  report: Report,
  { abort, reported = false }: { readonly abort: boolean; readonly reported?: boolean } = { abort: false },
): Promise<number> {
  try {
    const { config, keys, regions: others } = await readForCleanUp(invocation, report);
    const { user } = invocation.privileged;
    const files = new LedgerStore(config.running.state_dir, user);
    const found = await waitUntilIdle(buildId, files, report);
    if (found === undefined) return 0;
    const { header, ledger } = found;
    if (await isWorkedOn({ ...found, files })) {
      const open = ledger.open().map((claim) => `\n  ${nameOf(claim)}`);
      report.warn(
        `Build ${buildId} is still running, so nothing was cleaned up. The next build on this VM removes anything it leaves behind.${open.join('')}`,
      );
      return 1;
    }
    const refusals = new RefusalFiles(config.running.state_dir, user);
    const pace = paceOf(config.running, user);
    const to = { ...header, keys, refusals, pace };
    const cloud = connect(config.access, to, report, invocation.environment);
    const remote = connectRemote(config.access, { ...to, others }, report, invocation.environment);
    const build = buildForCleanup(buildId, user, files);
    const deadline = AbortSignal.timeout(timeouts.all);
    const tools = createTools(
      { build, cloud, remote, ledger, report, signal: deadline },
      timeoutsOf(config.running),
      {
        each: timeouts.each,
        all: deadline,
      },
    );
    const cause = await whyUnreachable(header, tools);
    if (abort && cause instanceof OtherAccountError) throw cause;
    const how = { scope: cause === undefined ? 'all' : 'local', because: cause, release: abort } as const;
    const left = await report.phase('Clean up', async () => await replayInTurn(found, files, tools, how));
    if (!abort && !reported && cause === undefined) await reportRetained(tools, config.access);
    if (cause === undefined) await lookBack(tools);
    if (left.length > 0) report.warn(leftText(header, files.lockOf(buildId), left));
    return left.every(({ error }) => error instanceof PendingError) ? 0 : 1;
  } catch (error) {
    report.failed(error);
    return 1;
  }
}

/**
 * The ledger of a build, once no process works on the build; after 15 s even if one still does. A build that
 * waits for its commit counts as idle, even while its owner is running. Undefined without a ledger.
 */
async function waitUntilIdle(
  buildId: string,
  files: LedgerStore,
  report: Report,
): Promise<Written | undefined> {
  const until = performance.now() + timeouts.owner;
  while (true) {
    const found = readOwn(buildId, files, report);
    if (found === undefined) return undefined;
    if (!(await isWorkedOn({ ...found, files })) || performance.now() > until) return found;
    await sleep(50);
  }
}

/** Why the cloud resources of the build cannot be cleaned up; undefined if they can. */
async function whyUnreachable(header: Header, tools: Tools): Promise<unknown> {
  if (tools.ledger.open().every(({ kind }) => isLocal(kind))) return undefined;
  try {
    await requireAccount(header, tools.forCleanup());
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Reads the ledger without writing to it: its disk may be full. Ignores a file of another user. */
function readOwn(buildId: string, files: LedgerStore, report: Report): Written | undefined {
  try {
    return readLedger(buildId, files, () => {});
  } catch (error) {
    report.warn(describe(error));
    return undefined;
  }
}

/** Replays the ledger. Waits up to a minute while another process has locked it. */
async function replayInTurn(
  { header, ledger }: Written,
  files: LedgerStore,
  tools: Tools,
  how: Replay,
): Promise<Left[]> {
  const { build } = header;
  const until = performance.now() + timeouts.each;
  while (performance.now() < until) {
    endLockHolder(build, files.lockOf(build));
    const left = await replay(build, files, tools, {
      ...how,
      although: ({ isHandedOver, owner }) => isHandedOver || !isOwnerAlive(owner),
    });
    if (left !== undefined) return left;
    if (files.read(build) === undefined) return [];
    await sleep(200, undefined, { signal: tools.signal });
  }
  const error = new BuildError('Another process has locked the ledger of this build for a minute');
  return ledger.open().map((claim) => ({ claim, error }));
}
