import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  defaultAccount,
  type Emulator,
  otherAccount,
  startEmulator,
} from '../../../src/emulator/emulator.js';
import type { ObjectStore } from '../../../src/object-store/store.js';
import { callerOf, until } from '../../support/emulator-client.js';
import { get, storeOf } from '../../support/object-store.js';

const size = 2 ** 20;
const content = Buffer.from('a disk'.padEnd(1000, '.')).subarray(0, 1000);
let scratch: string;
let emulator: Emulator;
let store: ObjectStore;
let ask: ReturnType<typeof callerOf>;
let there: ReturnType<typeof callerOf>;
let snapshot: string;

async function start(transferTime: number): Promise<void> {
  scratch = mkdtempSync(join(tmpdir(), 'exports-'));
  const directory = join(scratch, 'state');
  emulator = await startEmulator({
    directory,
    buckets: ['images'],
    otherRegions: ['us-east-2'],
    transferTime,
  });
  store = storeOf(emulator.objectStore, defaultAccount);
  ask = callerOf(emulator, defaultAccount);
  const region = emulator.regions.get('us-east-2');
  if (region === undefined) throw new Error('no second region');
  there = callerOf(region, defaultAccount, 'us-east-2');
  const disk = Buffer.alloc(size);
  content.copy(disk);
  writeFileSync(join(scratch, 'disk.raw'), disk);
  snapshot = await imported(ask, `file://${join(scratch, 'disk.raw')}`);
}
beforeEach(async () => await start(100));
afterEach(async () => {
  await emulator.close();
  rmSync(scratch, { recursive: true });
});

async function imported(call: typeof ask, FileLocation: string): Promise<string> {
  const { Snapshot } = await call('CreateSnapshot', { FileLocation, SnapshotSize: 2 ** 30 });
  expect(Snapshot?.State).toBe(FileLocation.startsWith('http') ? 'importing' : 'in-queue');
  const id = Snapshot?.SnapshotId ?? '';
  const states: (string | undefined)[] = [];
  await until(
    `${id} is completed`,
    async () => {
      const { Snapshots } = await call('ReadSnapshots', { Filters: { SnapshotIds: [id] } });
      states.push(Snapshots?.[0]?.State);
      return ['completed', 'error'].includes(states.at(-1) ?? '');
    },
    30_000,
  );
  expect(states.at(-1)).toBe('completed');
  return id;
}

async function exported(format: string, prefix: string): Promise<{ states: string[]; task: string }> {
  const { SnapshotExportTask: task } = await ask('CreateSnapshotExportTask', {
    SnapshotId: snapshot,
    OsuExport: { DiskImageFormat: format, OsuBucket: 'images', OsuPrefix: prefix },
  });
  const states = new Set([task?.State ?? '']);
  await until(
    'the task has ended',
    async () => {
      const { SnapshotExportTasks = [] } = await ask('ReadSnapshotExportTasks', {
        Filters: { TaskIds: [task?.TaskId ?? ''] },
      });
      states.add(SnapshotExportTasks[0]?.State ?? '');
      return ['completed', 'failed'].some((state) => states.has(state));
    },
    30_000,
  );
  return { states: [...states], task: task?.TaskId ?? '' };
}

test.each(['qcow2'])('a snapshot is exported as %s, and imported in another region', async (format) => {
  const { states, task } = await exported(format, 'of/a-');
  expect(states).toEqual(['pending', 'active', 'completed']);
  const [object, ...others] = await store.list('images', '');
  expect(others).toEqual([]);
  expect(object?.key).toBe(`of/a-${snapshot}-${task.slice(-8)}.${format}.gz`);
  const copy = await imported(there, await store.presign('images', object?.key ?? '', 60));
  const file = join(scratch, 'state/regions/us-east-2/snapshots', `${copy}.raw`);
  expect(statSync(file).size).toBe(2 ** 30);
  await using handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(content.length), 0, content.length, 0);
  expect(buffer.equals(content)).toBe(true);
  // The other region knows neither the snapshot nor the bucket.
  await expect(there('DeleteSnapshot', { SnapshotId: snapshot })).rejects.toThrow('5054');
});

test('an import needs a valid URL', async () => {
  await exported('raw', '');
  const [object] = await store.list('images', '');
  const url = store.urlOf('images', object?.key ?? '');
  expect(await get(url)).toBe('403 AccessDenied');
  const { Snapshot } = await there('CreateSnapshot', { FileLocation: url, SnapshotSize: 2 ** 30 });
  const { SnapshotId: id = '' } = Snapshot ?? {};
  await until('the import has failed', async () => {
    const { Snapshots } = await there('ReadSnapshots', { Filters: { SnapshotIds: [id] } });
    return Snapshots?.[0]?.State === 'error';
  });
});

test('only a waiting export can be cancelled, and its snapshot stays until it has ended', async () => {
  await emulator.close();
  rmSync(scratch, { recursive: true });
  await start(4_000);
  const OsuExport = { DiskImageFormat: 'raw', OsuBucket: 'images' };
  const create = async (): Promise<string> =>
    (await ask('CreateSnapshotExportTask', { SnapshotId: snapshot, OsuExport })).SnapshotExportTask?.TaskId ??
    '';
  const stateOf = async (id: string): Promise<string | undefined> =>
    (await ask('ReadSnapshotExportTasks', { Filters: { TaskIds: [id] } })).SnapshotExportTasks?.[0]?.State;
  const first = await create();
  await ask('DeleteExportTask', { ExportTaskId: first });
  expect(await stateOf(first)).toBe('cancelled');
  const second = await create();
  await until('it is active', async () => (await stateOf(second)) === 'active', 30_000);
  await expect(ask('DeleteExportTask', { ExportTaskId: second })).rejects.toThrow('6003');
  await expect(ask('DeleteSnapshot', { SnapshotId: snapshot })).rejects.toThrow('being exported');
  await until('it is completed', async () => (await stateOf(second)) === 'completed', 30_000);
  await ask('DeleteSnapshot', { SnapshotId: snapshot });
});

test('an export needs a bucket of the account, and a format', async () => {
  const others = callerOf(emulator, otherAccount);
  const wanted = { DiskImageFormat: 'raw', OsuBucket: 'images' };
  const create = async (call: typeof ask, OsuExport: typeof wanted): Promise<unknown> =>
    await call('CreateSnapshotExportTask', { SnapshotId: snapshot, OsuExport });
  await expect(create(ask, { ...wanted, OsuBucket: 'nowhere' })).rejects.toThrow("no bucket 'nowhere'");
  await expect(create(ask, { ...wanted, DiskImageFormat: 'vmdk' })).rejects.toThrow('must be one of');
  await expect(create(others, wanted)).rejects.toThrow('5054');
  await expect(storeOf(emulator.objectStore, otherAccount).headBucket('images')).rejects.toThrow('403');
});

test('an OMI is exported with a manifest', async () => {
  const { Image } = await ask('CreateImage', {
    ImageName: 'exported',
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId: snapshot } }],
  });
  const { ImageId = '' } = Image ?? {};
  const OsuExport = { DiskImageFormat: 'raw', OsuBucket: 'images', OsuPrefix: 'omis' };
  const state = async (): Promise<string | undefined> =>
    (await ask('ReadImageExportTasks', { Filters: { ImageIds: [ImageId] } })).ImageExportTasks?.[0]?.State;
  await until('it is available', async () => {
    const { Images } = await ask('ReadImages', { Filters: { ImageIds: [ImageId] } });
    return Images?.[0]?.State === 'available';
  });
  const { ImageExportTask } = await ask('CreateImageExportTask', { ImageId, OsuExport });
  expect(ImageExportTask).toMatchObject({
    State: 'pending/queued',
    OsuExport: { OsuPrefix: `omis/${ImageId}/` },
  });
  await until('it is completed', async () => (await state()) === 'completed', 30_000);
  const keys = (await store.list('images', `omis/${ImageId}/`)).map(({ key }) => key);
  const [manifest = '', disk = ''] = keys;
  const read = JSON.parse((await get(await store.presign('images', manifest, 60))).replace('200 ', ''));
  expect(read.Image.Snapshots).toMatchObject([{ Filename: disk, Device: '/dev/sda1', Size: 2 ** 30 }]);
  const packed = await fetch(await store.presign('images', disk, 60));
  const unpacked = gunzipSync(Buffer.from(await packed.arrayBuffer()));
  expect(unpacked.length).toBe(2 ** 30);
});
