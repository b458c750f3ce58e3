import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cleanUp } from '../../../../src/cleanup/clean-up.js';
import { plannedRetention, retainFamily } from '../../../../src/commands/images/retention.js';
import type { Outcome } from '../../../../src/pipeline/publish.js';
import { findInRegions } from '../../../../src/pipeline/regions/find.js';
import type { RegionalImage } from '../../../../src/pipeline/regions/one-region.js';
import { reuseImage } from '../../../../src/steps/reuse/take.js';
import { wantedImage } from '../../../../src/steps/reuse/wanted.js';
import { others, type RegionalBuild, type Regions, startRegions } from '../../../support/regional-build.js';
import { configOf } from '../../config/reading.js';

let regions: Regions;
let vm: string;
beforeAll(async () => {
  regions = await startRegions();
  vm = (await regions.cloud.api.call('ReadVms', {})).Vms?.[0]?.VmId ?? '';
});
afterAll(async () => await regions[Symbol.asyncDispose]());

const oneOf = (outcome: Outcome, region: string): RegionalImage | undefined =>
  outcome.copies?.find(({ elsewhere }) => elsewhere.region === region);

async function buildOf(
  name: string,
  more: Readonly<Record<string, string>>,
): Promise<[RegionalBuild, Outcome]> {
  const build = await regions.build({ 'omi-name': name, ...more });
  return [build, await build.run()];
}

test('retention removes older OMIs of the family in each region', async () => {
  const policy = { family: 'f', last: 2, age: undefined };
  const outcomes: Outcome[] = [];
  for (const number of [1, 2, 3]) outcomes.push((await buildOf(`f ${number}`, { family: 'f' }))[1]);
  const [build, last] = await buildOf('f 4', { family: 'f' });
  const planned = await plannedRetention(
    policy,
    {
      target: { vm: { vmId: vm }, labels: { name: 'f 4' } },
      ...(last.image === undefined ? {} : { reuses: last.image.id }),
      copies: last.copies ?? [],
    },
    build.tools,
  );
  const removed = await retainFamily(policy, last, vm, build.tools);
  const [first, second, third] = outcomes;
  expect((removed ?? []).map(({ region, name }) => [region, name])).toEqual(
    [undefined, ...others].flatMap((region) => ['f 1', 'f 2'].map((name) => [region, name])),
  );
  const details = planned[0]?.details.join('\n') ?? '';
  for (const region of others) {
    const { images, snapshots } = await regions.contents(region);
    expect(
      Object.keys(images)
        .filter((name) => name.startsWith('f '))
        .toSorted(),
    ).toEqual(['f 3', 'f 4']);
    for (const gone of [first, second])
      for (const id of (gone && oneOf(gone, region)?.snapshots) ?? ['none'])
        expect(snapshots).not.toContain(id);
    expect(snapshots).toEqual(
      expect.arrayContaining([...((third && oneOf(third, region)?.snapshots) ?? ['none'])]),
    );
    for (const gone of [first, second])
      expect(details).toContain(`${region}: ${gone && oneOf(gone, region)?.id}`);
  }
  expect(build.tools.ledger.open()).toEqual([]);
});

test('with a region that failed, no older OMI is removed', async () => {
  await buildOf('g 1', { family: 'g' });
  const build = await regions.build({ 'omi-name': 'g 2', family: 'g', 'omi-regions-on-failure': 'keep' });
  regions.cloud.fail([{ operation: 'CreateSnapshot', region: 'us-east-2', fault: 'refuse' }]);
  const outcome = await build.run();
  regions.cloud.fail([]);
  expect(outcome.failure).toBeDefined();
  const policy = { family: 'g', last: 1, age: undefined };
  expect(await retainFamily(policy, outcome, vm, build.tools)).toBeUndefined();
  expect((await regions.contents('us-west-1')).images['g 1']).toBeDefined();
});

test('a deregistration in a region whose snapshots remain is finished by a later build', async () => {
  const [, first] = await buildOf('h 1', { family: 'h' });
  const [build, last] = await buildOf('h 2', { family: 'h' });
  regions.cloud.fail([{ operation: 'DeleteSnapshot', region: 'us-east-2', fault: 'refuse', times: 3 }]);
  await retainFamily({ family: 'h', last: 1, age: undefined }, last, vm, build.tools);
  regions.cloud.fail([]);
  const [open, ...more] = build.tools.ledger.open();
  expect([open?.kind, more]).toEqual(['expired', []]);
  expect(open?.data).toMatchObject({ elsewhere: { region: 'us-east-2' } });
  expect(await cleanUp(await regions.later(build.lines))).toEqual([]);
  const { snapshots } = await regions.contents('us-east-2');
  expect(snapshots).not.toContain(oneOf(first, 'us-east-2')?.snapshots[0]);
});

test('an unchanged OMI is found with its copies, and not if a region lacks one', async () => {
  const [build, outcome] = await buildOf('same', { tags: 'team=red' });
  const config = await configOf({ 'omi-name': 'same', tags: 'team=red\nmore=blue' });
  const labels = { name: 'same', tags: { team: 'red', more: 'blue' }, snapshotTags: {} };
  const data = { BuildRegion: 'eu-west-2', BuildId: '' };
  const account = '123456789012';
  const wanted = await wantedImage('d'.repeat(64), { account, labels }, config.image, data, async () => '');
  const entries = others.map((region) => ({ region, name: undefined }));
  const found = await findInRegions(wanted, entries, data, build.tools);
  if (typeof found === 'string') throw new Error(found);
  expect(found.map(({ image }) => image.id)).toEqual(outcome.copies?.map(({ id }) => id));
  for (const { image, tools } of found) await reuseImage(image, tools);
  const id = oneOf(outcome, 'us-east-2')?.id ?? '';
  const there = regions.cloud.there('us-east-2');
  const { Images } = await there.call('ReadImages', { Filters: { ImageIds: [id] } });
  expect(Images?.[0]?.Tags).toContainEqual({ Key: 'more', Value: 'blue' });
  const other = await findInRegions(wanted, [{ region: 'us-east-2', name: 'another' }], data, build.tools);
  expect(other).toBe('it has no copy in us-east-2');
  await there.call('DeleteImage', { ImageId: id });
  expect(await findInRegions(wanted, entries, data, build.tools)).toBe('it has no copy in us-east-2');
});
