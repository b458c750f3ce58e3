/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  defaultAccount,
  type Emulator,
  type EmulatorOptions,
  removeEmulator,
  startEmulator,
} from '../../src/emulator/emulator.js';
import { localNames } from '../../src/host/disk/block-devices.js';
import { freeNames } from '../../src/host/disk/device-names.js';
import { callerOf, until } from '../support/emulator-client.js';

const subregion = 'eu-west-2a';
const GiB = 2 ** 30;
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const loopFiles = (): string => run('losetup', '-n', '-O', 'BACK-FILE', '--list');

let scratch: string;
const undo: (() => Promise<void> | void)[] = [];
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'emulator-'));
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  rmSync(scratch, { recursive: true, force: true });
});

async function emulate(options: Partial<EmulatorOptions> = {}) {
  const directory = options.directory ?? join(scratch, 'state');
  const emulator = await startEmulator({ directory, ...options });
  undo.push(() => emulator.close({ remove: true }));
  return talk(emulator, directory);
}

const talk = (emulator: Emulator, directory: string) => {
  const call = callerOf(emulator, options.account);
  const volume = async (VolumeId = '') =>
    (await call('ReadVolumes', { Filters: { VolumeIds: [VolumeId] } })).Volumes?.[0];
  const snapshot = async (SnapshotId = '') =>
    (await call('ReadSnapshots', { Filters: { SnapshotIds: [SnapshotId] } })).Snapshots?.[0];
  return {
    emulator,
    directory,
    call,
    volume,
    snapshot,
    vmId: async () => (await call('ReadVms', {})).Vms?.[0]?.VmId ?? '',
    isVolume: async (id: string, state: string) =>
      await until(`${id} ${state}`, async () => (await volume(id))?.State === state),
    isLinked: async (id: string, state: string | undefined) =>
      await until(`${id} ${state}`, async () => (await volume(id))?.LinkedVolumes?.[0]?.State === state),
    isSnapshot: async (id: string, state: string) =>
      await until(`${id} ${state}`, async () => (await snapshot(id))?.State === state),
  };
};
const options = { account: defaultAccount };
type Talk = ReturnType<typeof talk>;

/** A disk image with a partition table and a filesystem that has a file. */
function makeDisk(): string {
  const disk = join(scratch, 'disk.raw');
  const part = join(scratch, 'part.raw');
  const tree = mkdtempSync(join(scratch, 'tree-'));
  writeFileSync(join(tree, 'hello'), 'from the source\n');
  run('mke2fs', '-q', '-t', 'ext4', '-d', tree, part, '60M');
  run('truncate', '-s', '64M', disk);
  execFileSync('sfdisk', ['-q', disk], { input: 'label: dos\n2048,,L\n' });
  run('dd', `if=${part}`, `of=${disk}`, 'bs=1M', 'seek=1', 'conv=notrunc,sparse', 'status=none');
  return disk;
}

async function importDisk({ call, isSnapshot }: Talk): Promise<string> {
  const disk = makeDisk();
  const { Snapshot } = await call('CreateSnapshot', {
    FileLocation: `file://${disk}`,
    SnapshotSize: statSync(disk).size,
  });
  const id = Snapshot?.SnapshotId ?? '';
  await isSnapshot(id, 'completed');
  return id;
}

async function attach(
  { call, isVolume, isLinked, vmId }: Talk,
  SnapshotId: string,
  DeviceName: string,
): Promise<string> {
  const { Volume } = await call('CreateVolume', { SnapshotId, SubregionName: subregion, Size: 2 });
  const id = Volume?.VolumeId ?? '';
  expect(Volume?.State).toBe('creating');
  await isVolume(id, 'available');
  await call('LinkVolume', { VolumeId: id, VmId: await vmId(), DeviceName });
  await isLinked(id, 'attached');
  return id;
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

const withMount = (device: string, work: (path: string) => void): void => {
  const path = mkdtempSync(join(scratch, 'mnt-'));
  run('mount', device, path);
  try {
    work(path);
  } finally {
    run('umount', path);
  }
};

const freeName = (skip = 0): string =>
  freeNames(localNames()).filter((name) => /xvd[h-z]$/.test(name))[skip] ?? '';

test('an attached volume is a disk under its device name, and is detached only after its unmount', async () => {
  const talking = await emulate();
  const { call, isLinked, volume } = talking;
  const device = freeName();
  const id = await attach(talking, await importDisk(talking), device);

  expect(run('blockdev', '--getsize64', device).trim()).toBe(String(2 * GiB));
  withMount(`${device}1`, (path) =>
    expect(readFileSync(join(path, 'hello'), 'utf8')).toBe('from the source\n'),
  );
  const loop = run('realpath', device).trim();
  const path = mkdtempSync(join(scratch, 'mnt-'));
  run('mount', `${loop}p1`, path);
  try {
    await call('UnlinkVolume', { VolumeId: id });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await volume(id))?.LinkedVolumes?.[0]?.State).toBe('detaching');
    expect(existsSync(device)).toBe(true);
    await expect(call('DeleteVolume', { VolumeId: id })).rejects.toThrow('InvalidVolumeState');
  } finally {
    run('umount', path);
  }
  await isLinked(id, undefined);
  expect((await volume(id))?.State).toBe('available');
  expect(lstatSync(device, { throwIfNoEntry: false })).toBeUndefined();
  expect(lstatSync(`${device}1`, { throwIfNoEntry: false })).toBeUndefined();
  expect(loopFiles()).not.toContain(id);

  await call('DeleteVolume', { VolumeId: id });
  await until('deleted', async () => (await volume(id)) === undefined);
  expect(readdirSync(join(talking.directory, 'volumes')).join()).not.toContain(id);
});

test('the emulator does not detach a disk that a process has open or another namespace has mounted', async () => {
  const talking = await emulate();
  const { call, isLinked } = talking;
  const device = freeName();
  const id = await attach(talking, await importDisk(talking), device);
  const path = mkdtempSync(join(scratch, 'mnt-'));
  const script = `mount ${device}1 ${path} && sleep 0.4 && exec 3<${device} && umount ${path} && exec sleep 0.4`;
  const held = promisify(execFile)('unshare', ['--mount', 'sh', '-c', script]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await call('UnlinkVolume', { VolumeId: id });
  for (let inspect = 0; inspect < 3; inspect++) {
    await new Promise((resolve) => setTimeout(resolve, 130));
    expect(loopFiles()).toContain(id);
  }
  await held;
  await isLinked(id, undefined);
  expect(loopFiles()).not.toContain(id);
});

test('snapshot, OMI and attached disk survive a restart, and removal leaves no resources', async () => {
  const first = await emulate();
  const { call, isSnapshot } = first;
  const device = freeName();
  const id = await attach(first, await importDisk(first), device);
  withMount(`${device}1`, (path) => writeFileSync(join(path, 'work'), 'done\n'));
  const { Snapshot } = await call('CreateSnapshot', { VolumeId: id, Description: 'ours' });
  const SnapshotId = Snapshot?.SnapshotId ?? '';
  await isSnapshot(SnapshotId, 'completed');
  const { Image } = await call('CreateImage', {
    ImageName: 'my image',
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId } }],
  });
  await first.emulator.close();

  const again = await emulate();
  await until('the OMI is there', async () => {
    const { Images } = await again.call('ReadImages', { Filters: { ImageNames: ['my *'] } });
    return Images?.[0]?.ImageId === Image?.ImageId && Images?.[0]?.State === 'available';
  });
  expect((await again.volume(id))?.LinkedVolumes?.[0]).toMatchObject({
    State: 'attached',
    DeviceName: device,
  });
  const second = await attach(again, SnapshotId, freeName());
  const loop = (await again.volume(second))?.LinkedVolumes?.[0]?.DeviceName;
  withMount(`${loop}1`, (path) => expect(readFileSync(join(path, 'work'), 'utf8')).toBe('done\n'));
  await expect(again.call('DeleteSnapshot', { SnapshotId })).rejects.toThrow('ResourceConflict');

  await again.emulator.close();
  await removeEmulator(again.directory);
  expect(existsSync(again.directory)).toBe(false);
  expect(loopFiles()).not.toContain(again.directory);
  expect(
    [device, `${device}1`, loop ?? ''].filter((name) => lstatSync(name, { throwIfNoEntry: false })),
  ).toEqual([]);
});

test('a snapshot is taken when it completes: deletion of its volume before that makes it fail', async () => {
  const talking = await emulate({ snapshotTime: 300 });
  const { call, isVolume, isSnapshot, snapshot } = talking;
  const { Volume } = await call('CreateVolume', { SubregionName: subregion, Size: 1 });
  const VolumeId = Volume?.VolumeId ?? '';
  await isVolume(VolumeId, 'available');
  const good = (await call('CreateSnapshot', { VolumeId })).Snapshot?.SnapshotId ?? '';
  expect((await snapshot(good))?.State).toBe('in-queue');
  writeFileSync(join(talking.directory, 'volumes', `${VolumeId}.raw`), 'written while pending', {
    flag: 'r+',
  });
  const observed = new Set<number | undefined>();
  await until('completed', async () => {
    const now = await snapshot(good);
    observed.add(now?.Progress);
    return now?.State === 'completed';
  });
  expect(observed.size).toBeGreaterThan(3);
  const file = join(talking.directory, 'snapshots', `${good}.raw`);
  expect(run('head', '-c', '21', file)).toBe('written while pending');
  expect(statSync(file).size).toBe(GiB);

  const bad = (await call('CreateSnapshot', { VolumeId })).Snapshot?.SnapshotId ?? '';
  await call('DeleteVolume', { VolumeId });
  await isSnapshot(bad, 'error');
});

test('the emulator makes an interrupted copy after a restart', async () => {
  const talking = await emulate({ latency: 200 });
  const { call } = talking;
  const from = await importDisk(talking);
  const { Snapshot } = await call('CreateSnapshot', {
    SourceSnapshotId: from,
    SourceRegionName: 'eu-west-2',
  });
  const id = Snapshot?.SnapshotId ?? '';
  await talking.emulator.close();
  writeFileSync(join(talking.directory, 'snapshots', `${id}.raw.part`), 'half');

  const again = await emulate();
  await again.isSnapshot(id, 'completed');
  expect(readdirSync(join(talking.directory, 'snapshots')).sort()).toEqual(
    [`${from}.raw`, `${id}.raw`].sort(),
  );
});

test('at start the emulator removes unrecorded resources of a killed emulator, and no others', async () => {
  const directory = join(scratch, 'state');
  const foreign = join(scratch, 'foreign.raw');
  mkdirSync(join(directory, 'volumes'), { recursive: true });
  const stray = join(directory, 'volumes', 'vol-0.raw');
  for (const file of [stray, foreign]) run('truncate', '-s', '1M', file);
  const [claimed, attached, theirs] = [freeName(0), freeName(1), freeName(2)];
  run('ln', '-s', join(directory, 'volumes', 'vol-1.raw'), claimed);
  run('ln', '-s', run('losetup', '-f', '--show', stray).trim().slice(5), attached);
  run('ln', '-s', run('losetup', '-f', '--show', foreign).trim().slice(5), theirs);
  const loop = run('realpath', theirs).trim();
  undo.push(() => {
    run('losetup', '-d', loop);
    rmSync(theirs);
  });
  await emulate({ directory });
  expect([claimed, attached, theirs].filter((name) => isThere(name))).toEqual([theirs]);
  expect(loopFiles()).not.toContain(stray);
  expect(loopFiles()).toContain(foreign);
});

test('the emulator does not remove a disk that is still mounted', async () => {
  const talking = await emulate();
  const device = freeName();
  await attach(talking, await importDisk(talking), device);
  const path = mkdtempSync(join(scratch, 'mnt-'));
  run('mount', `${device}1`, path);
  try {
    await expect(talking.emulator.close({ remove: true })).rejects.toThrow('still in use');
    expect(existsSync(talking.directory)).toBe(true);
  } finally {
    run('umount', path);
  }
}, 15_000);

test('by-id naming provides only the link that the CSI driver uses', async () => {
  const talking = await emulate({ naming: 'by-id' });
  const device = freeName(1);
  const id = await attach(talking, await importDisk(talking), device);
  const link = `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_sd${device.at(-1)}`;
  expect(run('readlink', link).trim()).toMatch(/^\.\.\/\.\.\/loop\d+$/);
  expect(existsSync(device)).toBe(false);
  withMount(`${run('realpath', link).trim()}p1`, (path) =>
    expect(existsSync(join(path, 'hello'))).toBe(true),
  );
  await talking.call('UnlinkVolume', { VolumeId: id });
  await talking.isLinked(id, undefined);
  expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
});

test('a device name counts as used for an emulator with the other naming, too', async () => {
  const namings = ['by-id', 'api'] as const;
  const [one, other] = await Promise.all(
    namings.map((naming) => emulate({ naming, directory: join(scratch, naming) })),
  );
  if (one === undefined || other === undefined) throw new Error('two emulators were started');
  for (const [first, second] of [
    [one, other],
    [other, one],
  ] as const) {
    const device = freeName(3);
    await attach(first, await importDisk(first), device);
    const { Volume } = await second.call('CreateVolume', { SubregionName: subregion, Size: 1 });
    const VolumeId = Volume?.VolumeId ?? '';
    await second.isVolume(VolumeId, 'available');
    const asked = second.call('LinkVolume', { VolumeId, VmId: await second.vmId(), DeviceName: device });
    await expect(asked).rejects.toThrow(`'${device}' is already in use`);
  }
}, 30_000);

test('new partitions on an attached disk get their device names', async () => {
  const talking = await emulate();
  const { call, isVolume, isLinked, vmId } = talking;
  const { Volume } = await call('CreateVolume', { SubregionName: subregion, Size: 1 });
  const id = Volume?.VolumeId ?? '';
  const DeviceName = freeName();
  await isVolume(id, 'available');
  await call('LinkVolume', { VolumeId: id, VmId: await vmId(), DeviceName });
  await isLinked(id, 'attached');
  execFileSync('sfdisk', ['-q', DeviceName], {
    input: 'label: gpt\n2048,100M\n,100M\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  run('partx', '-u', DeviceName);
  await until('two partitions', () => existsSync(`${DeviceName}1`) && existsSync(`${DeviceName}2`));
  expect(run('blockdev', '--getsize64', `${DeviceName}2`).trim()).toBe(String(100 * 2 ** 20));
});

test('two emulators with 36 volumes at the same time share no device name and no loop device', async () => {
  const one = await emulate({ directory: join(scratch, 'one') });
  const two = await emulate({ directory: join(scratch, 'two') });
  const names = 'bcdefghijklmnopqrs'
    .split('')
    .flatMap((letter) => [`/dev/xvdy${letter}`, `/dev/xvdz${letter}`]);
  const linkFirstFree = async ({ call, isVolume, isLinked, vmId }: Talk): Promise<string> => {
    const { Volume } = await call('CreateVolume', { SubregionName: subregion, Size: 1 });
    const VolumeId = Volume?.VolumeId ?? '';
    await isVolume(VolumeId, 'available');
    const VmId = await vmId();
    for (const DeviceName of names) {
      const refused = await call('LinkVolume', { VolumeId, VmId, DeviceName }).then(
        () => undefined,
        (error: unknown) => String(error),
      );
      if (refused === undefined) {
        await isLinked(VolumeId, 'attached');
        return `${DeviceName} ${run('realpath', DeviceName).trim()}`;
      }
      expect(refused).toContain('ResourceConflict');
    }
    throw new Error('no name was free');
  };
  const taken = await Promise.all(
    Array.from({ length: 36 }, (_, turn) => linkFirstFree(turn % 2 === 0 ? one : two)),
  );
  expect(new Set(taken.map((pair) => pair.split(' ')[0])).size).toBe(36);
  expect(new Set(taken.map((pair) => pair.split(' ')[1])).size).toBe(36);
});
