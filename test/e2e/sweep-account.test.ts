import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { isMinimal, useCloud } from '../support/cloud.js';
import { type Inventory, inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';
import { killed, rowOf, sweep } from '../support/sweep.js';

const neighbour = 'i-0e1e9b08';
const cloud = useCloud('--neighbour', neighbour);
let subregion: string;
let machine: Inventory;
let before: string[];
beforeAll(async () => {
  const { Vms } = await cloud.api.call('ReadVms', {});
  expect(Vms?.map(({ VmId }) => VmId)).toContain(neighbour);
  subregion = Vms?.[0]?.Placement?.SubregionName ?? '';
});
beforeEach(async () => {
  machine = inventory(cloud.folder);
  before = await cloud.resources();
});

const madeSince = async (): Promise<string[]> =>
  (await cloud.resources()).filter((id) => !before.includes(id));

test('the sweep identifies an attached volume without a ledger by its tags, and keeps it until its minimum age', async () => {
  const orphaned = await killed(cloud);
  rmSync(orphaned.stateDir, { recursive: true });
  const [volume = ''] = await madeSince();
  const young = successful(await sweep(cloud, orphaned.stateDir, ['--yes']));
  expect(rowOf(young, volume)).toEqual([
    'volume',
    volume,
    orphaned.outputs()['build-id'],
    '0 min',
    'it is too young',
  ]);
  expect(await madeSince()).toEqual([volume]);
  await sleep(1100);
  const swept = successful(await sweep(cloud, orphaned.stateDir, ['--yes', '--older-than', '1s']));
  expect(rowOf(swept, volume)[4]).toBe('no ledger on this VM knows its build');
  expect(await cloud.resources()).toEqual(before);
  expect({ ...inventory(cloud.folder), folders: [] }).toEqual(machine);
  rmSync(`/mnt/build-omi/${orphaned.outputs()['build-id']}`, { recursive: true, force: true });
});

test('the sweep keeps a running build on another VM and its resources', async () => {
  const elsewhere = step(cloud, {
    inputs: { 'omi-name': 'elsewhere', 'vm-id': neighbour, subregion, run: 'echo started\nsleep 4\n' },
  });
  const running = elsewhere.start();
  await running.waitForLine(/^started$/);
  const [volume = ''] = await madeSince();
  const here = mkdtempSync(join(cloud.folder, 'state-'));
  const during = successful(await sweep(cloud, here, ['--yes', '--older-than', '1s']));
  expect(rowOf(during, volume)).toEqual(
    expect.arrayContaining([volume, `its VM ${neighbour} exists: run sweep on that VM`]),
  );
  for (let round = 0; running.child.exitCode === null; round += 1) {
    successful(await sweep(cloud, here, ['--yes', '--older-than', '1s']));
    expect(round).toBeLessThan(100);
  }
  successful(await running.ended);
  await sleep(1100);
  successful(await sweep(cloud, here, ['--yes', '--older-than', '1s']));
  const { 'omi-id': image = '', 'snapshot-id': snapshot = '' } = elsewhere.outputs();
  expect(await madeSince()).toEqual([image, snapshot]);
  await cloud.api.call('DeleteImage', { ImageId: image });
  const again = successful(await sweep(cloud, here, ['--yes', '--older-than', '1s']));
  expect(again.text).toContain('Nothing to remove.');
  expect(await madeSince()).toEqual([snapshot]);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test("the sweep ignores a ledger copied with another VM's disk, and keeps the resources of its build", async () => {
  const elsewhere = step(cloud, {
    inputs: { 'omi-name': 'copied', 'vm-id': neighbour, subregion, run: 'echo started\nsleep 8\n' },
  });
  const running = elsewhere.start();
  await running.waitForLine(/^started$/);
  const [volume = ''] = await madeSince();
  const here = mkdtempSync(join(cloud.folder, 'state-'));
  mkdirSync(join(here, '0'));
  const ledger = `${elsewhere.outputs()['build-id']}.jsonl`;
  const text = readFileSync(join(elsewhere.stateDir, '0', ledger), 'utf8');
  writeFileSync(join(here, '0', ledger), text.replaceAll(/"boot":"[^"]*"/g, '"boot":"another"'));
  const swept = successful(await sweep(cloud, here, ['--yes', '--older-than', '1s']));
  expect(rowOf(swept, volume)[4]).toBe(`its VM ${neighbour} exists: run sweep on that VM`);
  const next = step(cloud, { inputs: { 'omi-name': 'next to a copy', 'state-dir': here } });
  successful(await next.main());
  expect(await cloud.resources()).toContain(volume);
  successful(await running.ended);
  expect(readdirSync(join(here, '0'))).toEqual([ledger]);
  expect(inventory(cloud.folder)).toEqual(machine);
});

/** Makes a volume, as a build does whose ID is given. */
async function volumeOf(tags: Record<string, string>, token?: string): Promise<string> {
  const { Volume } = await cloud.api.call('CreateVolume', {
    SubregionName: subregion,
    Size: 1,
    ...(token === undefined ? {} : { ClientToken: token }),
  });
  const id = Volume?.VolumeId ?? '';
  await mark(id, tags);
  return id;
}

async function snapshotOf(
  tags: Record<string, string>,
  name: string,
  more: { ClientToken?: string } = {},
): Promise<string> {
  const SourceSnapshotId = await sourceSnapshot();
  const { Snapshot } = await cloud.api.call('CreateSnapshot', {
    SourceSnapshotId,
    SourceRegionName: 'eu-west-2',
    Description: name,
    ...more,
  });
  const id = Snapshot?.SnapshotId ?? '';
  await mark(id, tags);
  await sleep(200);
  return id;
}

async function sourceSnapshot(): Promise<string> {
  const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [cloud.source] } });
  return Images?.[0]?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? '';
}

async function imageOf(snapshot: string, name: string): Promise<string> {
  const { Image } = await cloud.api.call('CreateImage', {
    ImageName: name,
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId: snapshot } }],
  });
  return Image?.ImageId ?? '';
}

async function mark(id: string, tags: Record<string, string>): Promise<void> {
  const Tags = Object.entries(tags).map(([key, Value]) => ({ Key: `build-omi:${key}`, Value }));
  if (Tags.length > 0) await cloud.api.call('CreateTags', { ResourceIds: [id], Tags });
}

const gone = 'i-0deadbeef';
let number = 0;
/** The tags of a build on a VM that is gone. */
const tagsOf = (more: Record<string, string> = {}): Record<string, string> => {
  number += 1;
  const id = `${number}`.padStart(12, '0');
  return { 'build-id': id, vm: gone, since: new Date().toISOString(), ...more };
};

test('the sweep removes unfinished and untagged resources of builds on deleted VMs', async () => {
  const left = [
    await volumeOf(tagsOf({ 'keep-until': '2999-01-01T00:00:00.000Z' })),
    await volumeOf(tagsOf({ vm: neighbour })),
    await volumeOf({}, 'another-program-000000000001-volume'),
    await snapshotOf(tagsOf({ state: 'kept' }), 'a product without its OMI'),
    await snapshotOf(tagsOf(), 'of an earlier release'),
  ];
  const product = await snapshotOf(tagsOf({ state: 'kept' }), 'a product');
  const adopted = await snapshotOf(tagsOf({ state: 'building' }), 'adopted');
  left.push(
    product,
    await imageOf(product, 'a product'),
    adopted,
    await imageOf(adopted, 'by somebody else'),
  );
  const untagged = [
    await volumeOf({}, `build-omi-00000000aaaa-${gone}-volume`),
    await volumeOf({}, 'build-omi-00000000bbbb-volume'),
    await snapshotOf({}, 'untagged', { ClientToken: `build-omi-00000000cccc-${gone}-snapshot` }),
  ];
  const notQuiesced = await snapshotOf(tagsOf({ state: 'building' }), 'unfinished');
  const going = [
    await volumeOf(tagsOf()),
    await volumeOf(tagsOf({ 'keep-until': '2020-01-01T00:00:00.000Z' })),
    notQuiesced,
    await imageOf(notQuiesced, 'unfinished'),
  ];
  // Minimal responses have no ClientToken, so nothing identifies these resources.
  (isMinimal ? left : going).push(...untagged);
  await sleep(1100);
  const state = mkdtempSync(join(cloud.folder, 'state-'));
  expect((await madeSince()).sort()).toEqual([...left, ...going].sort());
  const listed = successful(await sweep(cloud, state, ['--older-than', '1s']));
  for (const id of going) expect(rowOf(listed, id)).toHaveLength(5);
  expect(rowOf(listed, adopted)[4]).toMatch(/^ami-\w+ maps it, and no orphaned build created that OMI$/);
  expect(rowOf(listed, left[0] ?? '')[4]).toBe('kept until 2999-01-01T00:00:00.000Z');
  expect((await madeSince()).sort()).toEqual([...left, ...going].sort());
  successful(await sweep(cloud, state, ['--yes', '--older-than', '1s']));
  expect((await madeSince()).sort()).toEqual(left.sort());
});

test('the sweep removes the copy of a source of another account that was unused for the given time', async () => {
  const day = 86_400_000;
  const copy = async (source: string, age: number): Promise<string[]> => {
    const { Image } = await cloud.api.call('CreateImage', {
      ImageName: `build-omi source ${source}`,
      SourceImageId: cloud.source,
      SourceRegionName: 'eu-west-2',
    });
    const id = Image?.ImageId ?? '';
    await mark(id, { source, 'last-used': new Date(Date.now() - age).toISOString() });
    await sleep(500);
    return [id, Image?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? ''];
  };
  const old = await copy('ami-00000001', 31 * day);
  const used = await copy('ami-00000002', 29 * day);
  const state = mkdtempSync(join(cloud.folder, 'state-'));
  successful(await sweep(cloud, state, ['--yes']));
  expect((await madeSince()).sort()).toEqual([...old, ...used].sort());
  const swept = successful(await sweep(cloud, state, ['--yes', '--source-copies', '30d']));
  expect(rowOf(swept, old[0] ?? '')).toEqual([
    'copy',
    old[0],
    '-',
    '31 d',
    'of ami-00000001: no build has used it since',
  ]);
  expect((await madeSince()).sort()).toEqual(used.sort());
});
