import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openWorkers, type Row, runRows } from '../support/fault-rows.js';
import { allEndings, type End, endAfter } from '../support/termination.js';
import type { Worker } from '../support/worker.js';

let workers: readonly Worker[];
beforeAll(async () => {
  workers = await openWorkers('--latency', '300', '--snapshot-time', '900');
}, 120_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
}, 120_000);

/** The moments of the overlap of snapshot and detachment: the titles of its phases in the log. */
const moments = [
  'Request snapshot',
  'Request detachment',
  'Snapshot',
  'Detach volume \\S+ \\(\\S+\\)',
] as const;

const rowOf = (moment: (typeof moments)[number], end: End, later: number): Row => ({
  title: `${end} ${later} ms after ${moment}`,
  kind: 'plain',
  drive: async (job) => {
    const main = job.start();
    await main.waitForLine(new RegExp(`^::debug::${moment}: started$`));
    return await endAfter(later, end, main);
  },
});

test.each(allEndings)(
  'a build leaves no resources if it is %s while its snapshot and its detachment overlap',
  async (end) => {
    const rows = moments.map((moment, index) => rowOf(moment, end, (index + end.length) % 2 === 0 ? 0 : 150));
    expect(await runRows(workers, rows)).toEqual([]);
  },
  300_000,
);
