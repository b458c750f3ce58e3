import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { defaultAccount, otherAccount } from '../../src/emulator/emulator.js';
import type { Image } from '../../src/outscale/api.js';
import { readImage } from '../../src/outscale/calls/lookups.js';
import { type Cloud, createCloud } from '../../src/outscale/client/client.js';
import { createTransport } from '../../src/outscale/client/transport.js';
import { sourceOf } from '../../src/steps/source.js';
import { copySource } from '../../src/steps/source-copy.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';
import { toolsOf } from '../support/tools.js';

const cloud = useCloud();
let theirs: Cloud;
let foreign: string;
let count = 0;

beforeAll(async () => {
  const { accessKey, secretKey } = otherAccount;
  theirs = createCloud({
    endpoint: cloud.endpoint,
    region: 'eu-west-2',
    keys: () => Promise.resolve({ accessKey, secretKey }),
    transport: createTransport(),
  });
  mkdirSync(join(cloud.folder, 'theirs'));
});
beforeEach(async () => {
  count += 1;
  foreign = await publishDisk(theirs, join(cloud.folder, 'source.img'), `official ${count}`);
  await theirs.call('UpdateImage', {
    ImageId: foreign,
    PermissionsToLaunch: { Additions: { GlobalPermission: true } },
  });
});

const job = (name: string): Step => step(cloud, { inputs: { 'source-omi': foreign, 'omi-name': name } });
const named = async (name: string) =>
  (await cloud.api.call('ReadImages', { Filters: { ImageNames: [name] } })).Images ?? [];
const snapshotOf = (image: Image | undefined): string =>
  image?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? '';
const copies = async () => await named(`build-omi source ${foreign}`);

test('the build copies an OMI of another account without a shared snapshot once, records the copy, and reuses it', async () => {
  await expectNoLeftovers(cloud, async () => {
    const before = await cloud.resources();
    const first = job('from a copy');
    successful(await first.main());
    const [copy] = await copies();
    expect(copy?.State).toBe('available');
    expect(Object.fromEntries(copy?.Tags?.map(({ Key, Value }) => [Key, Value]) ?? [])).toMatchObject({
      'build-omi:source': foreign,
      'build-omi:last-used': expect.stringMatching(/^\d{4}-/),
    });
    cloud.requests();
    const second = job('from a copy again');
    successful(await second.main());
    expect(cloud.requests().filter(({ request }) => 'SourceImageId' in request)).toEqual([]);
    expect(await copies()).toHaveLength(1);
    const ours = [first, second].flatMap((one) => {
      const { 'omi-id': omi = '', 'snapshot-id': snapshot = '' } = one.outputs();
      return [omi, snapshot];
    });
    const kept = [copy?.ImageId ?? '', snapshotOf(copy)];
    expect(await cloud.resources()).toEqual([...before, ...ours, ...kept].sort());
    expect(first.outputs()['source-omi-id']).toBe(foreign);
  });
});

test('the build replaces a failed copy and its snapshots', async () => {
  const { Images } = await theirs.call('ReadImages', { Filters: { ImageIds: [foreign] } });
  const file = join(cloud.folder, 'cloud', 'snapshots', `${snapshotOf(Images?.[0])}.raw`);
  renameSync(file, `${file}.away`);
  await cloud.api.call('CreateImage', {
    SourceImageId: foreign,
    SourceRegionName: 'eu-west-2',
    ImageName: `build-omi source ${foreign}`,
    Description: `Copy of ${foreign} for build 0123456789ab`,
  });
  while ((await copies())[0]?.State !== 'failed') await sleep(20);
  const spoiled = snapshotOf((await copies())[0]);
  renameSync(`${file}.away`, file);
  successful(await job('from a new copy').main());
  expect(await copies()).toMatchObject([{ State: 'available' }]);
  expect(await cloud.resources()).not.toContain(spoiled);
});

test('the build neither uses nor removes an OMI that only has the name of a copy', async () => {
  await cloud.api.call('CreateImage', {
    SourceImageId: cloud.source,
    SourceRegionName: 'eu-west-2',
    ImageName: `build-omi source ${foreign}`,
    Description: 'made by hand',
  });
  while ((await copies())[0]?.State !== 'available') await sleep(20);
  const before = await cloud.resources();
  const { code, text } = await job('from no copy').main();
  expect(code).toBe(1);
  expect(text).toMatch(/OMI ami-\w+ not used: it has the name of a copy of ami-\w+, but no build created it/);
  expect(await cloud.resources()).toEqual(before);
});

test('the build uses an OMI of another account with a shared snapshot directly', async () => {
  const { Images } = await theirs.call('ReadImages', { Filters: { ImageIds: [foreign] } });
  await theirs.call('UpdateSnapshot', {
    SnapshotId: snapshotOf(Images?.[0]),
    PermissionsToCreateVolume: { Additions: { GlobalPermission: true } },
  });
  successful(await job('from a shared one').main());
  expect(await copies()).toEqual([]);
});

test('the build copies a source whose snapshot seems usable, if CreateVolume refuses it nevertheless', async () => {
  const { Images } = await theirs.call('ReadImages', { Filters: { ImageIds: [foreign] } });
  await theirs.call('UpdateSnapshot', {
    SnapshotId: snapshotOf(Images?.[0]),
    PermissionsToCreateVolume: { Additions: { GlobalPermission: true } },
  });
  await expectNoLeftovers(cloud, async () => {
    // The dry run is allowed.
    cloud.fail([
      { operation: 'CreateVolume', fault: 'refuse', skip: 1, code: '5054', type: 'InvalidResource' },
    ]);
    cloud.requests();
    const one = job('from a late copy');
    const { text } = successful(await one.main());
    cloud.fail([]);
    const [copy] = await copies();
    expect(text).toMatch(
      new RegExp(`^::notice::Source ${foreign} of another account is copied: .*code 5054`, 'm'),
    );
    const asked = cloud.requests().filter(({ operation }) => operation === 'CreateVolume');
    expect(asked.map(({ status, request }) => [status, request.SnapshotId])).toEqual([
      [200, snapshotOf(Images?.[0])],
      [400, snapshotOf(Images?.[0])],
      [200, snapshotOf(copy)],
    ]);
    expect(one.outputs()['source-omi-id']).toBe(foreign);
    return [copy?.ImageId, snapshotOf(copy), one.outputs()['omi-id'], one.outputs()['snapshot-id']].map(
      String,
    );
  });
});

test('post removes an incomplete copy of a killed build', async () => {
  const before = await cloud.resources();
  cloud.fail([{ operation: 'CreateImage', fault: 'drop-after', times: 1 }]);
  const dying = job('never made');
  const main = dying.start();
  await main.waitForLine(/Copy source/);
  await sleep(30);
  main.child.kill('SIGKILL');
  await main.ended;
  cloud.fail([]);
  successful(await dying.post());
  const left = await copies();
  // Either the copy was available and stays, or none of its resources remain.
  if (left.length === 0) expect(await cloud.resources()).toEqual(before);
  else expect(left.map(({ State }) => State)).toEqual(['available']);
});

test('36 parallel builds make one copy', async () => {
  const image = await readImage(cloud.api, foreign);
  if (image === undefined) throw new Error('the foreign OMI is not there');
  const vm = { vmId: 'i-1', subregion: 'eu-west-2a', region: 'eu-west-2' };
  const builds = await Promise.all(
    Array.from({ length: 36 }, (_, n) => toolsOf(n.toString(16).padStart(12, '0'), cloud.api)),
  );
  cloud.requests();
  const made = await Promise.all(
    builds.map((tools) => copySource(sourceOf(image), { account: defaultAccount.id, vm }, tools)),
  );
  expect(new Set(made.map(({ ImageId }) => ImageId)).size).toBe(1);
  const asked = cloud.requests().filter(({ request }) => 'SourceImageId' in request);
  expect(asked.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(await copies()).toHaveLength(1);
  for (const { ledger } of builds) expect(ledger.open()).toEqual([]);
});
