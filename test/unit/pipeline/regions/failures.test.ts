/** @long Every call of a region fails once under both values of omi_regions_on_failure. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describe } from '../../../../src/common/errors.js';
import type { Answer, Transport } from '../../../../src/outscale/client/transport.js';
import { createTransport } from '../../../../src/outscale/client/transport.js';
import type { Outcome } from '../../../../src/pipeline/publish.js';
import { RegionalFailures } from '../../../../src/pipeline/regions/failures.js';
import { ResourceStack } from '../../../../src/pipeline/regions/resource-stack.js';
import {
  type Contents,
  type RegionalBuild,
  type Regions,
  startRegions,
} from '../../../support/regional-build.js';

let regions: Regions;
beforeAll(async () => {
  regions = await startRegions();
});
afterAll(async () => await regions[Symbol.asyncDispose]());

const all = ['eu-west-2', 'us-east-2', 'us-west-1'];
const everything = async (): Promise<Contents[]> =>
  await Promise.all(all.map(async (region) => await regions.contents(region)));

interface Call {
  readonly operation: string;
  /** How many calls of this operation precede it. */
  readonly skip: number;
}

/** The calls of a build in a region, in their order, those of a wait once. */
async function callsIn(region: string, options: Readonly<Record<string, string>>): Promise<readonly Call[]> {
  const { host } = new URL(regions.cloud.emulator.regions.get(region)?.endpoint ?? '');
  const calls: string[] = [];
  const real = createTransport();
  const spy: Transport = async (sent): Promise<Answer> => {
    const name = sent.url.replace(/^.*\//, '');
    if (new URL(sent.url).host === host && calls.at(-1) !== name) calls.push(name);
    return await real(sent);
  };
  await (await regions.build(options, spy)).run();
  return calls.map((operation, index) => ({
    operation,
    skip: calls.slice(0, index).filter((one) => one === operation).length,
  }));
}

/** How a build ends: with an outcome, an error, or with `keep` both. */
const endOf = async (build: RegionalBuild): Promise<{ outcome?: Outcome; error?: unknown }> =>
  await build.run().then(
    (outcome) => ({ outcome, error: outcome.failure }),
    (error: unknown) => ({ error }),
  );

const replacing = { 'force-deregister': 'true', 'force-delete-snapshot': 'true' };

test.each(['cleanup', 'keep'])('one region fails at each call, with %s', async (policy) => {
  const calls = await callsIn('us-east-2', { 'omi-name': `calls with ${policy}` });
  const struck: string[] = [];
  for (const [index, { operation, skip }] of calls.entries()) {
    const title = `${policy}, ${operation} ${skip + 1}`;
    const name = `at ${policy} ${index}`;
    const before = await everything();
    const build = await regions.build({ 'omi-name': name, 'omi-regions-on-failure': policy });
    regions.cloud.fail([{ operation, region: 'us-east-2', fault: 'refuse', skip, distinct: true }]);
    const { outcome, error } = await endOf(build);
    regions.cloud.fail([]);
    const after = await everything();
    const open = build.tools.ledger.open();
    expect([title, open, await regions.objects()]).toEqual([title, [], []]);
    if (error !== undefined) struck.push(operation);
    if (error !== undefined && outcome === undefined) {
      expect([title, after]).toEqual([title, before]);
      continue;
    }
    const has = after.map(({ images }) => images[name] !== undefined);
    expect([title, has]).toEqual([title, [true, error === undefined, true]]);
    if (error === undefined) continue;
    expect(after[1]).toEqual(before[1]);
    expect(policy).toBe('keep');
    expect(JSON.parse(build.outputs.get('omi-ids') ?? '')).toEqual({
      'eu-west-2': after[0]?.images[name],
      'us-west-1': after[2]?.images[name],
    });
  }
  // What only reads, and own tags, may fail once.
  expect(struck).toEqual(['ReadImages', 'CreateSnapshot', 'CreateImage', 'ReadImages', 'CreateTags']);
});

test.each(['cleanup', 'keep'])(
  'an OMI that a failed region was to replace stays there, with %s',
  async (policy) => {
    const options = { ...replacing, 'omi-name': `stays ${policy}`, 'omi-regions-on-failure': policy };
    const struck: string[] = [];
    await (await regions.build(options)).run();
    const calls = await callsIn('us-east-2', options);
    for (const { operation, skip } of calls) {
      const before = await everything();
      const build = await regions.build(options);
      regions.cloud.fail([{ operation, region: 'us-east-2', fault: 'refuse', skip, distinct: true }]);
      const { outcome, error } = await endOf(build);
      regions.cloud.fail([]);
      if (error === undefined) continue;
      struck.push(operation);
      expect(build.tools.ledger.open()).toEqual([]);
      const after = await everything();
      const [home, east, west] = after.map(({ images }) => images[`stays ${policy}`]);
      // Registered again, it has another ID and the same snapshot.
      expect(east).toBeDefined();
      expect(after[1]?.snapshots).toEqual(before[1]?.snapshots);
      const old = before.map(({ images }) => images[`stays ${policy}`]);
      if (outcome !== undefined) expect([home === old[0], west === old[2]]).toEqual([false, false]);
      else {
        // At home nothing was touched: that OMI goes only after all regions are done.
        expect(home).toBe(old[0]);
        expect(after.map(({ snapshots }) => snapshots)).toEqual(before.map(({ snapshots }) => snapshots));
      }
      // No region replaces its OMI before the imports of all are done.
      if (operation === 'CreateSnapshot' && policy === 'cleanup') expect(after).toEqual(before);
    }
    expect(struck).toContain('DeleteImage');
  },
);

test('a failed export keeps the OMI at home with keep, and removes it with cleanup', async () => {
  for (const policy of ['keep', 'cleanup']) {
    const name = `no export ${policy}`;
    const build = await regions.build({ 'omi-name': name, 'omi-regions-on-failure': policy });
    regions.cloud.fail([{ operation: 'CreateSnapshotExportTask', fault: 'refuse' }]);
    const ended = await build.run().then(
      ({ failure }) => failure,
      (error: unknown) => error,
    );
    regions.cloud.fail([]);
    expect(describe(ended)).toMatch(/CreateSnapshotExportTask was refused(?!.*was refused)/);
    const [home] = await everything();
    expect(home?.images[name] !== undefined).toBe(policy === 'keep');
    expect(build.tools.ledger.open()).toEqual([]);
  }
});

test('a failed region ends the waits of the others', async () => {
  const before = await everything();
  const build = await regions.build({ 'omi-name': 'ended early' });
  regions.cloud.fail([
    { operation: 'CreateSnapshot', region: 'us-east-2', fault: 'refuse' },
    // It shows no snapshot for a minute.
    { operation: 'ReadSnapshots', region: 'us-west-1', fault: 'lag', delay: 60_000, times: 10_000 },
  ]);
  const start = performance.now();
  await expect(build.run()).rejects.toThrow('The OMI was not copied to us-east-2');
  regions.cloud.fail([]);
  // A wait has 30 s.
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(build.tools.ledger.open()).toEqual([]);
  expect(await everything()).toEqual(before);
});

test('a region that fails and cannot be cleaned up: its failure is the error, the other is a warning', async () => {
  const { tools } = await regions.build({ 'omi-name': 'not cleaned up' });
  const warnings: string[] = [];
  const report = { ...tools.report, warn: (line: string) => void warnings.push(line) };
  const both = Object.assign(new Error('both'), {
    name: 'SuppressedError',
    error: new Error('Snapshot snap-1 not deleted'),
    suppressed: new Error('CreateTags was refused'),
  });
  const work = {
    elsewhere: { region: 'us-east-2', endpoint: '', account: '' },
    tools: { ...tools, report },
    stack: new ResourceStack(),
  };
  const failures = new RegionalFailures(true);
  expect(await failures.inParallel([work], async () => await Promise.reject(both))).toEqual([]);
  expect(describe(failures.error({ report }))).toBe(
    'The OMI was not copied to us-east-2: CreateTags was refused',
  );
  expect(warnings).toEqual(['Snapshot snap-1 not deleted']);
});
