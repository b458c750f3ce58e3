import { setTimeout as sleep } from 'node:timers/promises';
import { OtherAccountError, requireAccount } from '../cleanup/account.js';
import { isWorkedOn } from '../cleanup/alive.js';
import { type Left, leftText, nameOf } from '../cleanup/leftovers.js';
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
import { connect } from '../runtime/connect.js';
import { createTools, type Tools, timeoutsOf } from '../runtime/tools.js';
import { type Invocation, readForCleanUp } from './invocation.js';

/**
 * Milliseconds: how long a build that was told to end may still be ending, how long one thing may take, and how long
 * all: the runner gives post five minutes, and what is left must be said before they are over.
 */
const limits = { owner: 15_000, each: 60_000, all: 240_000 };

/**
 * Puts away what a build left open, when there is something.
 * With keys of another account, or where the API cannot be asked, that is what is on the VM.
 * @param how `abort`: what a failed build was to keep goes too, and keys of another account are refused.
 * @returns the exit code: 1 only when something is left all the same, not when something might still appear.
 */
export async function runPost(
  invocation: Invocation,
  buildId: string,
  report: Report,
  { abort }: { readonly abort: boolean } = { abort: false },
): Promise<number> {
  try {
    const { config, keys } = await readForCleanUp(invocation, report);
    const { user } = invocation.privileged;
    const files = new LedgerStore(config.running.state_dir, user);
    const found = await whenNobodyWorks(buildId, files, report);
    if (found === undefined) return 0;
    const { header, ledger } = found;
    if (isWorkedOn({ ...found, files })) {
      const open = ledger.open().map((claim) => `\n  ${nameOf(claim)}`);
      report.warn(
        `build ${buildId} is still at work: it is left to that, and what it does not put away to the next build on this VM:${open.join('')}`,
      );
      return 1;
    }
    const refusals = new RefusalFiles(config.running.state_dir, user);
    const cloud = connect(config.access, { ...header, keys, refusals }, report, invocation.environment);
    const build = buildForCleanup(buildId, user, files);
    const deadline = AbortSignal.timeout(limits.all);
    const tools = createTools(
      { build, cloud, ledger, report, signal: deadline },
      timeoutsOf(config.running),
      {
        each: limits.each,
        all: deadline,
      },
    );
    const because = await whyOutOfReach(header, tools);
    if (abort && because instanceof OtherAccountError) throw because;
    const how = { scope: because === undefined ? 'all' : 'local', because, release: abort } as const;
    const left = await report.phase('Clean up', async () => await replayInTurn(found, files, tools, how));
    if (!abort && because === undefined) await reportRetained(tools, config.access);
    if (left.length > 0) report.warn(leftText(header, files.lockOf(buildId), left));
    return left.every(({ error }) => error instanceof PendingError) ? 0 : 1;
  } catch (error) {
    report.failed(error);
    return 1;
  }
}

/**
 * The ledger of a build, once nobody works on it any more: also that of one that waits for its commit, although the
 * job that it was handed over to goes on. Undefined when there is none.
 */
async function whenNobodyWorks(
  buildId: string,
  files: LedgerStore,
  report: Report,
): Promise<Written | undefined> {
  const until = performance.now() + limits.owner;
  while (true) {
    const found = readOwn(buildId, files, report);
    if (found === undefined) return undefined;
    if (!isWorkedOn({ ...found, files }) || performance.now() > until) return found;
    await sleep(50);
  }
}

/** Why what the build has in the cloud is left alone; undefined where it can be put away. */
async function whyOutOfReach(header: Header, tools: Tools): Promise<unknown> {
  if (tools.ledger.open().every(({ kind }) => isLocal(kind))) return undefined;
  try {
    await requireAccount(header, tools.forCleanup());
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What somebody else has put in the place of the ledger is not acted upon. It is only read here: its disk may be full. */
function readOwn(buildId: string, files: LedgerStore, report: Report): Written | undefined {
  try {
    return readLedger(buildId, files, () => {});
  } catch (error) {
    report.warn(describe(error));
    return undefined;
  }
}

/** Waits for a minute where another process has begun to put the same away. */
async function replayInTurn(
  { header, ledger }: Written,
  files: LedgerStore,
  tools: Tools,
  how: Replay,
): Promise<Left[]> {
  const { build } = header;
  const until = performance.now() + limits.each;
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
  const error = new BuildError('another process has locked the ledger of this build for a minute');
  return ledger.open().map((claim) => ({ claim, error }));
}
