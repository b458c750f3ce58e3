import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { jobOf, kinds, openWorkers, type Row, runRows } from '../support/fault-rows.js';
import { successful } from '../support/process.js';
import { howMany, seed } from '../support/seed.js';
import { allEndings, type End, endAfter } from '../support/termination.js';
import { type TestUser, users } from '../support/users.js';
import type { Worker } from '../support/worker.js';
import { emptyWorker } from '../support/worker.js';

let workers: readonly Worker[];
/** Milliseconds that a build takes here, by who runs it. */
const takes = new Map<TestUser, number>();
const inputs = { run: 'echo started\nsleep 1000 &\nsleep 0.3\n' };

beforeAll(async () => {
  workers = await openWorkers();
  const [worker] = workers;
  if (worker === undefined) throw new Error('there is no lane');
  for (const user of users) {
    const began = performance.now();
    successful(
      await jobOf(worker, { kind: 'plain', options: () => ({ user, inputs }) }, 'going well').main(),
    );
    takes.set(user, performance.now() - began);
    await emptyWorker(worker);
  }
}, 120_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
}, 120_000);

/** A moment of a build: a share of its duration, which is longer in a worker beside others. */
const moments = fc.record({
  user: fc.constantFrom(...users),
  kind: fc.constantFrom(...kinds),
  share: fc.double({ min: 0, max: 1.6, noNaN: true }),
});

const rowOf = (
  end: End,
  { user, kind, share }: { user: TestUser; kind: Row['kind']; share: number },
): Row => ({
  title: `as ${user}, ${kind}, ${end} at ${share.toFixed(3)}`,
  kind,
  options: () => ({ user, inputs }),
  drive: async (job) => await endAfter(share * (takes.get(user) ?? 1000), end, job.start()),
});

const many = Math.ceil(howMany('FAULT_MOMENTS', 60) / 3);

test.each(allEndings)(
  `builds are %s at ${many} moments (FAULT_SEED=${seed})`,
  async (end) => {
    // biased moments would crowd at the beginning
    const drawn = fc.sample(fc.noBias(moments), { seed: seed + end.length, numRuns: many });
    expect(
      await runRows(
        workers,
        drawn.map((moment) => rowOf(end, moment)),
      ),
    ).toEqual([]);
  },
  120_000 + many * 20_000,
);
