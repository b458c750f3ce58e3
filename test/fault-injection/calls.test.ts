/** @long It runs a build for each call and each fault. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FaultRule } from '../../src/emulator/server/faults.js';
import { madeTwice } from '../support/duplicate-creations.js';
import { type Call, ownCalls } from '../support/fault-calls.js';
import { type Kind, kinds, openWorkers, type Row, runRows } from '../support/fault-rows.js';
import type { Worker } from '../support/worker.js';

let workers: readonly Worker[];
beforeAll(async () => {
  // The API may list a deleted volume or snapshot as deleting for an unknown time.
  workers = await openWorkers('--delete-time', '30s', '--buckets', 'images');
}, 120_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
}, 120_000);

/**
 * Refusals of every kind; each call gets the next one. No deletion is refused as not found: it counts as
 * done.
 */
const refusals: readonly Partial<FaultRule>[] = [
  {},
  { status: 401, code: '4', type: 'AccessDenied' },
  { status: 400, code: '5054', type: 'InvalidResource' },
  { status: 409, code: '6003', type: 'InvalidState' },
  { status: 400, code: '4120', type: 'InvalidParameterValue' },
  { status: 409, code: '9031', type: 'ResourceConflict' },
  { status: 400, code: '10018', type: 'TooManyResources' },
  { status: 403, problem: true, type: 'Forbidden' },
];

const refusalOf = ({ operation }: Call, index: number): Partial<FaultRule> => {
  const refusal = refusals[index % refusals.length] ?? {};
  return operation.startsWith('Delete') && refusal.code === '5054' ? {} : refusal;
};

const faults: Readonly<Record<string, Pick<FaultRule, 'fault' | 'times'>>> = {
  refused: { fault: 'refuse', times: 1 },
  '500 once': { fault: 'server-error', times: 1 },
  'throttled three times': { fault: 'throttle', times: 3 },
  'connection dropped before': { fault: 'drop-before', times: 1 },
  'answer lost after': { fault: 'drop-after', times: 1 },
};

const rowOf = (kind: Kind, { operation, skip }: Call, title: string, refusal: Partial<FaultRule>): Row => ({
  title: `${kind}: ${operation} ${skip + 1} ${title} ${title === 'refused' ? JSON.stringify(refusal) : ''}`,
  kind,
  drive: async (job, { cloud }) => {
    const { fault, times } = faults[title] ?? { fault: 'refuse' };
    const counted = times === undefined ? {} : { times };
    cloud.requests();
    cloud.fail([{ ...refusal, operation, fault, ...counted, skip, distinct: true }]);
    const main = await job.main();
    const requests = cloud.requests();
    const { 'omi-id': omi = '', 'volume-id': volume = '' } = job.outputs();
    const product = kind === 'volume only' ? volume : omi;
    const struck = requests.filter(({ status }) => status !== 200).length;
    return [
      ...(struck < (times ?? 1) ? [`the fault struck ${struck} times`] : []),
      // A refusal is final; anything else passes.
      ...(main.code !== 0 && fault !== 'refuse' ? [`exit code ${main.code}:\n${main.text}`] : []),
      ...((main.code === 0) === (product === '') ? [`exit code ${main.code} and result "${product}"`] : []),
      ...madeTwice(requests, fault === 'drop-after').map((one) => `made twice: ${one}`),
    ];
  },
});

/** The reads of retention are repeated as others are. A refused one ends it. */
const matters = (kind: Kind, { operation }: Call, title: string): boolean =>
  kind !== 'retaining' || title === 'refused' || !operation.startsWith('Read');

test.each(kinds)(
  'a build (%s) leaves no resources after any fault of any API call',
  async (kind) => {
    const [worker] = workers;
    if (worker === undefined) throw new Error('there is no lane');
    const calls = await ownCalls(kind, worker);
    expect(calls.length).toBeGreaterThan(2);
    const rows = Object.keys(faults).flatMap((title) =>
      calls.flatMap((call, index) =>
        matters(kind, call, title) ? [rowOf(kind, call, title, refusalOf(call, index))] : [],
      ),
    );
    expect(await runRows(workers, rows)).toEqual([]);
  },
  900_000,
);
