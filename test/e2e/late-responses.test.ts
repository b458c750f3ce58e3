import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { FaultRule } from '../../src/emulator/server/faults.js';
import type { Step } from '../support/action.js';
import { jobOf, type Kind } from '../support/fault-rows.js';
import { type Ran, successful } from '../support/process.js';
import { publishOld } from '../support/publish-old.js';
import { emptyWorker, openWorker, problemsOf, type Worker } from '../support/worker.js';

let worker: Worker;
beforeAll(async () => {
  worker = await openWorker();
});
afterEach(async () => {
  worker.cloud.fail([]);
  await emptyWorker(worker);
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
});

/** The requests that create a resource, and the phase in which a build sends each. */
const creations = [
  ['plain', 'CreateVolume', 'Create volume'],
  ['plain', 'LinkVolume', 'Attach'],
  ['plain', 'CreateSnapshot', 'Request snapshot'],
  ['plain', 'CreateImage', 'Register OMI'],
  ['foreign', 'CreateImage', 'Copy source'],
] as const satisfies readonly (readonly [Kind, string, string])[];

let number = 0;
const newJob = (kind: Kind, inputs: Readonly<Record<string, string>> = {}): Step =>
  jobOf(worker, { kind, options: () => ({ inputs }) }, `late ${++number}`);

/** Runs a build, and ends it in the middle of a phase. */
async function endedIn(job: Step, phase: string, signal: NodeJS.Signals): Promise<Ran> {
  const main = job.start();
  await main.waitForLine(new RegExp(`::debug::${phase}: started`));
  await sleep(700);
  main.child.kill(signal);
  const ran = await main.ended;
  expect(ran.code).not.toBe(0);
  return ran;
}

const ledgers = ({ stateDir }: Step): string[] => readdirSync(join(stateDir, '0'));

/** Moves the times of the requests in a ledger into the past. */
function age(job: Step, minutes: number): void {
  for (const name of ledgers(job)) {
    const path = join(job.stateDir, '0', name);
    const backdated = (_: string, date: string): string =>
      `"asked":"${new Date(Date.parse(date) - minutes * 60_000).toISOString()}"`;
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"asked":"([^"]+)"/g, backdated));
  }
}

/** The dry runs of a call that a build makes before it. */
const dryRuns = (kind: Kind, operation: string): number =>
  kind === 'plain' && operation === 'CreateImage' ? 1 : 0;

/** An available copy of a source of another account stays, for every build. */
const allowed = (): Parameters<typeof problemsOf>[1] => ({
  may: [`build-omi source ${worker.foreign}`],
  must: [],
});

test.each(creations)(
  '%s: clean-up removes the resource that a %s in flight creates 5 s after the cancel',
  async (kind, operation, phase) => {
    const job = newJob(kind);
    worker.cloud.fail([{ operation, fault: 'late', delay: 5_000, skip: dryRuns(kind, operation) }]);
    await endedIn(job, phase, 'SIGINT');
    successful(await job.post());
    await sleep(5_000);
    expect(await problemsOf(worker, allowed())).toEqual([]);
    expect(ledgers(job)).toEqual([]);
  },
);

test.each(creations)(
  '%s: post removes the resource that a %s in flight creates after the cancel deadline',
  async (kind, operation, phase) => {
    const job = newJob(kind);
    worker.cloud.fail([{ operation, fault: 'late', delay: 12_000, skip: dryRuns(kind, operation) }]);
    await endedIn(job, phase, 'SIGINT');
    successful(await job.post());
    await sleep(4_000);
    expect(await problemsOf(worker, allowed())).toEqual([]);
    expect(ledgers(job)).toEqual([]);
  },
);

test('a creation without a result keeps its claim until it expires: post reports it, then closes it', async () => {
  const job = newJob('plain');
  worker.cloud.fail([{ operation: 'CreateVolume', fault: 'hang' }]);
  await endedIn(job, 'Create volume', 'SIGKILL');
  const post = await job.post();
  expect(post.code).toBe(0);
  expect(post.text).toMatch(
    /::warning.*A volume with ClientToken build-omi-\w+-i-\w+-volume may still appear until \d{4}-/,
  );
  expect(ledgers(job)).toHaveLength(1);
  age(job, 10);
  successful(await job.post());
  expect(ledgers(job)).toEqual([]);
});

test('the next build on the VM searches for the result of a killed creation until it appears', async () => {
  const job = newJob('plain');
  worker.cloud.fail([{ operation: 'CreateVolume', fault: 'late', delay: 15_000 }]);
  await endedIn(job, 'Create volume', 'SIGKILL');
  const next = async (): Promise<Ran> =>
    successful(
      await jobOf(
        worker,
        { kind: 'plain', options: () => ({ inputs: { 'state-dir': job.stateDir } }) },
        `next ${++number}`,
      ).main(),
    );
  expect((await next()).text).toMatch(/::warning.*may still appear until/);
  const may = [`next ${number}`];
  await sleep(15_000);
  expect((await next()).text).toMatch(/Delete volume of build-omi-/);
  expect(await problemsOf(worker, { may: [...may, `next ${number}`], must: [] })).toEqual([]);
  expect(ledgers(job)).toEqual([]);
});

test('a creation that was refused, or never sent, leaves no open claim', async () => {
  const job = newJob('plain');
  worker.cloud.fail([{ operation: 'CreateVolume', fault: 'refuse' }]);
  const main = await job.main();
  expect(main.code).toBe(1);
  expect(main.text).not.toContain('may still appear');
  expect(ledgers(job)).toEqual([]);
});

/** All lists return the state of 3 s ago. */
const lag: readonly FaultRule[] = ['ReadVolumes', 'ReadSnapshots', 'ReadImages'].map((operation) => ({
  operation,
  fault: 'lag',
  delay: 3_000,
  times: 10_000,
}));

test.each([...creations, ['replacing', 'CreateImage', 'Register OMI']] as const)(
  '%s: with lists that lag by 3 s, a build cancelled after its %s leaves no resources',
  async (kind, _operation, phase) => {
    const old = `late ${number + 1}`;
    if (kind === 'replacing') await publishOld(worker, old);
    // Whether others may use it is read back at once.
    const job = newJob(kind, { 'snapshot-users': '', 'omi-account-ids': '' });
    worker.cloud.fail(lag);
    await endedIn(job, phase, 'SIGINT');
    successful(await job.post());
    worker.cloud.fail([]);
    const must = kind === 'replacing' ? [old] : [];
    expect(await problemsOf(worker, { ...allowed(), must })).toEqual([]);
    expect(ledgers(job)).toEqual([]);
  },
);
