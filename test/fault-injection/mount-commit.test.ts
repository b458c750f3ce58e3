import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Step } from '../support/action.js';
import { failed, jobOf, kindsOfMount, type Row, runRows } from '../support/fault-rows.js';
import { type JobWorkers, openJobWorkers } from '../support/job-workers.js';
import { inChroot } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { howMany, seed } from '../support/seed.js';
import { allEndings, type End, endAfter } from '../support/termination.js';
import { type TestUser, users } from '../support/users.js';
import { emptyWorker, type Worker } from '../support/worker.js';

let open: JobWorkers;
/** Duration of mount and of commit on this machine in milliseconds, by user. */
const takes = new Map<TestUser, { mount: number; commit: number }>();

/** The build soon has no owner: post or the next build, whichever runs first, must remove it. */
const inputs = { hold: '1s' };

const optionsOf =
  (user: TestUser): NonNullable<Row['options']> =>
  (worker) => ({ user, inputs, bundle: 'mount', job: open.jobOf(worker) });

beforeAll(async () => {
  open = await openJobWorkers();
  const [worker] = open.workers;
  if (worker === undefined) throw new Error('there is no lane');
  for (const user of users) {
    const began = performance.now();
    const mount = jobOf(worker, { kind: 'plain', options: optionsOf(user) }, 'going well');
    successful(await mount.main());
    const between = performance.now();
    successful(await open.commitOf(worker, mount, { user }).main());
    takes.set(user, { mount: between - began, commit: performance.now() - between });
    await emptyWorker(worker);
  }
}, 120_000);
afterAll(async () => {
  await open[Symbol.asyncDispose]();
}, 120_000);

/** A moment of mount or commit. Between them only a program that the job left in the chroot runs. */
const moments = fc.record({
  user: fc.constantFrom(...users),
  kind: fc.constantFrom(...kindsOfMount),
  half: fc.constantFrom('mount', 'between', 'commit', 'commit'),
  share: fc.double({ min: 0, max: 1.6, noNaN: true }),
});
type Moment = typeof moments extends fc.Arbitrary<infer M> ? M : never;

/** Leaves a program in the chroot that ignores SIGTERM. */
const leaveProgram = async (worker: Worker, mount: Step): Promise<void> => {
  const script = `busybox setsid sh -c 'trap "" TERM; exec 3> /root/held; sleep 1000' > /dev/null 2>&1 &`;
  await inChroot(mount.outputs()['mount-path'] ?? '', script, open.jobOf(worker));
};

const rowOf = (end: End, { user, kind, half, share }: Moment): Row => ({
  title: `as ${user}, ${kind}, ${half} ${end} at ${share.toFixed(3)}`,
  kind,
  options: optionsOf(user),
  drive: async (mount, worker) => {
    const { mount: first = 1000, commit: second = 1000 } = takes.get(user) ?? {};
    const drive = async (): Promise<readonly string[]> => {
      if (half === 'mount') return await endAfter(share * first, end, mount.start());
      const problems = failed(await mount.main());
      if (problems.length > 0) return problems;
      await leaveProgram(worker, mount);
      if (half === 'between') return [];
      return await endAfter(share * second, end, open.commitOf(worker, mount, { user }).start());
    };
    const problems = await drive();
    await sleep(1000); // It is held no longer.
    return problems;
  },
});

const many = Math.ceil(howMany('FAULT_MOMENTS', 60) / 12);

test.each(allEndings)(
  `builds with mount and commit are %s at ${many} moments (FAULT_SEED=${seed})`,
  async (end) => {
    const drawn = fc.sample(fc.noBias(moments), { seed: seed + end.length, numRuns: many });
    expect(
      await runRows(
        open.workers,
        drawn.map((moment) => rowOf(end, moment)),
      ),
    ).toEqual([]);
  },
  120_000 + many * 20_000,
);
