import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { FaultRule } from '../../src/emulator/server/faults.js';
import type { Step } from '../support/action.js';
import { emptyLane, type Lane, openLane, publishOld, wrongWith } from '../support/lane.js';
import { type Ran, successful } from '../support/process.js';
import { jobOf, type Kind } from '../support/rows.js';

let lane: Lane;
beforeAll(async () => {
  lane = await openLane();
});
afterEach(async () => {
  lane.cloud.fail([]);
  await emptyLane(lane);
});
afterAll(async () => {
  await lane[Symbol.asyncDispose]();
});

/** The requests that make something, and the phase in which a build sends each. */
const creations = [
  ['plain', 'CreateVolume', 'Create volume'],
  ['plain', 'LinkVolume', 'Attach'],
  ['plain', 'CreateSnapshot', 'Snapshot'],
  ['plain', 'CreateImage', 'Register OMI'],
  ['foreign', 'CreateImage', 'Copy source'],
] as const satisfies readonly (readonly [Kind, string, string])[];

let number = 0;
const newJob = (kind: Kind, inputs: Readonly<Record<string, string>> = {}): Step =>
  jobOf(lane, { kind, options: () => ({ inputs }) }, `late ${++number}`);

/** Runs a build, and ends it in the middle of a phase. */
async function endedIn(job: Step, phase: string, signal: NodeJS.Signals): Promise<Ran> {
  const main = job.start();
  await main.seen(new RegExp(`group::${phase}`));
  await sleep(700);
  main.child.kill(signal);
  const ran = await main.ended;
  expect(ran.code).not.toBe(0);
  return ran;
}

const ledgers = ({ stateDir }: Step): string[] => readdirSync(join(stateDir, '0'));

/** Makes a ledger's requests so much older. */
function age(job: Step, minutes: number): void {
  for (const name of ledgers(job)) {
    const path = join(job.stateDir, '0', name);
    const older = (_: string, date: string): string =>
      `"asked":"${new Date(Date.parse(date) - minutes * 60_000).toISOString()}"`;
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"asked":"([^"]+)"/g, older));
  }
}

/** The dry runs of a call that a build makes before it. */
const dryRuns = (kind: Kind, operation: string): number =>
  kind === 'plain' && operation === 'CreateImage' ? 1 : 0;

/** A copy of a foreign source that has become available stays, for every build. */
const allowed = (): Parameters<typeof wrongWith>[1] => ({
  may: [`build-omi source ${lane.foreign}`],
  must: [],
});

test.each(creations)(
  '%s: what a %s in flight makes 5 s after the cancel is removed',
  async (kind, operation, phase) => {
    const job = newJob(kind);
    lane.cloud.fail([{ operation, fault: 'late', delay: 5_000, skip: dryRuns(kind, operation) }]);
    await endedIn(job, phase, 'SIGINT');
    successful(await job.post());
    await sleep(5_000);
    expect(await wrongWith(lane, allowed())).toEqual([]);
    expect(ledgers(job)).toEqual([]);
  },
);

test.each(creations)(
  '%s: what a %s in flight makes after the time of the cancel is removed by post',
  async (kind, operation, phase) => {
    const job = newJob(kind);
    lane.cloud.fail([{ operation, fault: 'late', delay: 12_000, skip: dryRuns(kind, operation) }]);
    await endedIn(job, phase, 'SIGINT');
    successful(await job.post());
    await sleep(4_000);
    expect(await wrongWith(lane, allowed())).toEqual([]);
    expect(ledgers(job)).toEqual([]);
  },
);

test('a creation that does not come keeps its claim until it has expired: post says so, and then closes it', async () => {
  const job = newJob('plain');
  lane.cloud.fail([{ operation: 'CreateVolume', fault: 'hang' }]);
  await endedIn(job, 'Create volume', 'SIGKILL');
  const post = await job.post();
  expect(post.code).toBe(1);
  expect(post.text).toMatch(
    /::warning.*A volume with ClientToken build-omi-\w+-i-\w+-volume may still appear until \d{4}-/,
  );
  expect(ledgers(job)).toHaveLength(1);
  age(job, 10);
  successful(await job.post());
  expect(ledgers(job)).toEqual([]);
});

test('the next build on the VM looks again for what a killed one asked for, until it is there', async () => {
  const job = newJob('plain');
  lane.cloud.fail([{ operation: 'CreateVolume', fault: 'late', delay: 15_000 }]);
  await endedIn(job, 'Create volume', 'SIGKILL');
  const next = async (): Promise<Ran> =>
    successful(
      await jobOf(
        lane,
        { kind: 'plain', options: () => ({ inputs: { 'state-dir': job.stateDir } }) },
        `next ${++number}`,
      ).main(),
    );
  expect((await next()).text).toMatch(/::warning.*may still appear until/);
  const may = [`next ${number}`];
  await sleep(15_000);
  expect((await next()).text).toMatch(/Delete volume of build-omi-/);
  expect(await wrongWith(lane, { may: [...may, `next ${number}`], must: [] })).toEqual([]);
  expect(ledgers(job)).toEqual([]);
});

test('a creation that was refused, or never sent, keeps nothing open', async () => {
  const job = newJob('plain');
  lane.cloud.fail([{ operation: 'CreateVolume', fault: 'refuse' }]);
  const main = await job.main();
  expect(main.code).toBe(1);
  expect(main.text).not.toContain('may still appear');
  expect(ledgers(job)).toEqual([]);
});

/** All lists show what there was 3 s ago. */
const lag: readonly FaultRule[] = ['ReadVolumes', 'ReadSnapshots', 'ReadImages'].map((operation) => ({
  operation,
  fault: 'lag',
  delay: 3_000,
  times: 10_000,
}));

test.each([...creations, ['replacing', 'CreateImage', 'Register OMI']] as const)(
  '%s: with lists that lag 3 s, a build that is cancelled after its %s leaves nothing',
  async (kind, _operation, phase) => {
    const old = `late ${number + 1}`;
    if (kind === 'replacing') await publishOld(lane, old);
    // Whether others may use it is read back at once.
    const job = newJob(kind, { 'snapshot-users': '', 'omi-account-ids': '' });
    lane.cloud.fail(lag);
    await endedIn(job, phase, 'SIGINT');
    successful(await job.post());
    lane.cloud.fail([]);
    const must = kind === 'replacing' ? [old] : [];
    expect(await wrongWith(lane, { ...allowed(), must })).toEqual([]);
    expect(ledgers(job)).toEqual([]);
  },
);
