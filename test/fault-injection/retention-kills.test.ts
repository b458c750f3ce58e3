import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Call, ownCalls } from '../support/fault-calls.js';
import { openWorkers, type Row, runRows } from '../support/fault-rows.js';
import { endings } from '../support/termination.js';
import type { Worker } from '../support/worker.js';

let workers: readonly Worker[];
beforeAll(async () => {
  workers = await openWorkers();
}, 120_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
}, 120_000);

/** When the process is killed: while the API has not carried out the call, or before it knows that it has. */
const moments = { before: 'hang', after: 'drop-after' } as const;

/** A build whose retention is killed in a call. It has created its OMI. */
const rowOf = ({ operation, skip }: Call, when: keyof typeof moments): Row => ({
  title: `killed ${when} ${operation} ${skip + 1} is carried out`,
  kind: 'retaining',
  drive: async (job, { cloud }) => {
    cloud.requests();
    cloud.fail([{ operation, fault: moments[when], times: 1, skip, distinct: true }]);
    const main = job.start();
    while (!cloud.requests().some(({ status }) => status === 0) && main.child.exitCode === null)
      await sleep(5);
    const { code } = await endings['killed with its whole tree'](main);
    const { 'omi-id': omi } = job.outputs();
    return [
      ...(code === null ? [] : [`it ended with exit code ${code}`]),
      ...(omi ? [] : ['it had created no OMI']),
    ];
  },
});

test('retention that is killed in any call removes no other OMI, and the next build finishes it', async () => {
  const [worker] = workers;
  if (worker === undefined) throw new Error('there is no lane');
  const calls = await ownCalls('retaining', worker);
  expect(calls.map(({ operation }) => operation)).toEqual(
    expect.arrayContaining(['ReadImages', 'ReadSnapshots', 'ReadVms', 'DeleteImage', 'DeleteSnapshot']),
  );
  const rows = calls.flatMap((call) => [
    rowOf(call, 'before'),
    // A read changes nothing: its answer makes no difference.
    ...(call.operation.startsWith('Read') ? [] : [rowOf(call, 'after')]),
  ]);
  expect(await runRows(workers, rows)).toEqual([]);
}, 300_000);
