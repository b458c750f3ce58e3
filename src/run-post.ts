import { setTimeout as sleep } from 'node:timers/promises';
import { cleanUp } from './cleanup.js';
import { connect } from './connect.js';
import { describe } from './errors.js';
import { lives } from './host/identity.js';
import { StateFiles } from './host/state-files.js';
import { Ledger } from './ledger.js';
import type { Report } from './report/report.js';
import { createTools, limitsOf } from './tools.js';
import { readForCleanUp, type WayIn } from './way-in.js';

/**
 * Milliseconds: how long a build that was told to end may still be ending, how long one thing may take, and how long
 * all: the runner gives post five minutes, and what is left must be said before they are over.
 */
const limits = { owner: 15_000, each: 60_000, all: 240_000 };

/**
 * Puts away what a build left open, when there is something.
 * @returns the exit code: 1 only when something is left all the same.
 */
export async function runPost(way: WayIn, buildId: string, report: Report): Promise<number> {
  try {
    const { config, keys } = await readForCleanUp(way, report);
    const { user } = way.inside;
    const files = new StateFiles(config.running.state_dir, user);
    const taken = await takeOver(buildId, files);
    if (taken === undefined) return 0;
    const { header, ledger } = taken;
    const cloud = connect(config.access, { ...header, keys }, report, way.environment);
    const build = {
      id: buildId,
      startedAt: new Date(),
      user,
      workspace: '/',
      handedOn: {},
      deviceLock: files.deviceLock,
    };
    const deadline = AbortSignal.timeout(limits.all);
    const tools = createTools({ build, cloud, ledger, report, signal: deadline }, limitsOf(config.running), {
      each: limits.each,
      all: deadline,
    });
    const left = await report.phase('Clean up', async () => await cleanUp(tools));
    for (const { claim, error } of left)
      report.warn(`${claim.kind} ${JSON.stringify(claim.data)} is left: ${describe(error)}`);
    if (left.length === 0) files.remove(buildId);
    return left.length === 0 ? 0 : 1;
  } catch (error) {
    report.failed(error);
    return 1;
  }
}

/**
 * The ledger of a build, once nobody works on it any more: also that of one that waits for its commit, although the
 * job that it was handed over to goes on. Undefined when there is none.
 */
async function takeOver(
  buildId: string,
  files: StateFiles,
): Promise<ReturnType<typeof Ledger.resume> | undefined> {
  const until = performance.now() + limits.owner;
  while (true) {
    const text = files.read(buildId);
    if (text === undefined) return undefined;
    const taken = Ledger.resume(text, files.appender(buildId));
    const { ledger } = taken;
    if (ledger.isHandedOver || !lives(ledger.owner) || performance.now() > until) return taken;
    await sleep(50);
  }
}
