/**
 * @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use.
 * @once It tests the order of requests, and what the kernel lets others write.
 */
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { step } from '../support/action.js';
import { startCloud, useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { wholeLines } from '../support/lines.js';
import { type Running, successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';

const snapshotTime = 4_000;
const cloud = useCloud('--latency', '500', '--snapshot-time', String(snapshotTime));
afterEach(() => cloud.fail([]));

/** The volume and the disk of a build. */
async function attached(main: Running): Promise<{ volume: string; disk: string }> {
  const found = /Attached (vol-\w+) as \S+ \(kernel name (loop\d+)\)/;
  const [, volume = '', disk = ''] = found.exec(await main.waitForLine(found)) ?? [];
  return { volume, disk };
}

/** The file in which the emulator keeps a volume or snapshot. */
function fileOf(id: string): string {
  const directory = join(cloud.folder, 'cloud');
  const path = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.includes(id),
  );
  return join(directory, path ?? id);
}

const isOurs = (disk: string): boolean => {
  try {
    return readFileSync(`/sys/block/${disk}/loop/backing_file`, 'utf8').startsWith(cloud.folder);
  } catch {
    return false;
  }
};

/** Mounts the first partition, writes to it and unmounts it, as long as the disk is there. */
async function automount(disk: string): Promise<number> {
  const location = mkdtempSync(join(cloud.folder, 'auto-'));
  let mounts = 0;
  while (isOurs(disk)) {
    const { code } = await exec(['mount', `/dev/${disk}p1`, location], { answers: [1, 32] });
    if (code === 0) {
      mounts += 1;
      await exec(['touch', join(location, 'written')], { answers: [1] });
      await exec(['umount', location]);
    }
    await sleep(20);
  }
  return mounts;
}

/** Milliseconds since the first of some requests, and whether each was accepted. */
const timesOf = (operation: string): { at: number; isAccepted: boolean }[] => {
  return wholeLines(readFileSync(join(cloud.folder, 'record.jsonl'), 'utf8'))
    .map((line): { at: string | number; operation: string; status: number } => JSON.parse(line))
    .filter((one) => one.operation === operation)
    .map(({ at, status }) => ({ at: new Date(at).getTime(), isAccepted: status === 200 }));
};
const last = (operation: string) => timesOf(operation).at(-1) ?? { at: 0, isAccepted: false };

test('nothing can write to the disk from the request of the snapshot on, and an automounter does not stop it', async () => {
  await expectNoLeftovers(cloud, async () => {
    const job = step(cloud, { inputs: { 'omi-name': 'written', run: 'true\n' } });
    const main = job.start();
    const { volume, disk } = await attached(main);
    const [open, part] = [openSync(`/dev/${disk}`, 'r+'), openSync(`/dev/${disk}p1`, 'r+')];
    await main.waitForLine(/^::debug::Request snapshot: started$/);
    const copy = join(cloud.folder, 'copy');
    await exec(['cp', '--sparse=always', fileOf(volume), copy]);
    for (const device of [open, part]) {
      expect(() => writeSync(device, Buffer.alloc(4096, 1), 0, 4096, 8192)).toThrow(/EPERM/);
      closeSync(device);
    }
    const mounts = automount(disk);
    await main.waitForLine(/^::debug::Register OMI: started$/);
    // A snapshot that is taken after detaching has these bytes.
    await exec(['cmp', copy, fileOf(volume)]);
    successful(await main.ended);
    await mounts;
    expect(last('UnlinkVolume').at - last('CreateSnapshot').at).toBeLessThan(snapshotTime);
    expect(last('LinkVolume').isAccepted).toBe(true);
    await exec(['cmp', copy, fileOf(job.outputs()['snapshot-id'] ?? '')]);
    {
      await using published = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
      expect(await published.isClean()).toBe(true);
    }
    return [job.outputs()['snapshot-id'] ?? '', job.outputs()['omi-id'] ?? ''];
  });
}, 90_000);

test('a volume that the API does not detach while its snapshot is pending is detached afterwards', async () => {
  await expectNoLeftovers(cloud, async () => {
    cloud.fail([
      { operation: 'UnlinkVolume', fault: 'refuse', status: 409, code: '6003', type: 'InvalidState' },
    ]);
    const job = step(cloud, { inputs: { 'omi-name': 'unlinked late', run: 'true\n' } });
    const { text } = successful(await job.main());
    expect(text).toMatch(/vol-\w+ is detached after its snapshot/);
    expect(timesOf('UnlinkVolume').slice(-2)).toMatchObject([{ isAccepted: false }, { isAccepted: true }]);
    expect(last('UnlinkVolume').at - last('CreateSnapshot').at).toBeGreaterThanOrEqual(snapshotTime);
    return [job.outputs()['snapshot-id'] ?? '', job.outputs()['omi-id'] ?? ''];
  });
}, 90_000);

test('a snapshot that the API refuses of an attached volume is taken after detaching', async () => {
  await expectNoLeftovers(cloud, async () => {
    cloud.fail([
      { operation: 'CreateSnapshot', fault: 'refuse', status: 409, code: '6007', type: 'InvalidVolumeState' },
    ]);
    const job = step(cloud, { inputs: { 'omi-name': 'snapshot late', run: 'true\n' } });
    const { text } = successful(await job.main());
    expect(text).toContain('The snapshot is taken after detaching');
    expect(last('CreateSnapshot').at).toBeGreaterThan(last('UnlinkVolume').at);
    return [job.outputs()['snapshot-id'] ?? '', job.outputs()['omi-id'] ?? ''];
  });
}, 90_000);

test('an OMI without tags and permissions is not read again once it is available', async () => {
  const job = step(cloud, { inputs: { 'omi-name': 'read once', run: 'true\n' } });
  successful(await job.main());
  const id = job.outputs()['omi-id'] ?? '';
  const reads = readFileSync(join(cloud.folder, 'record.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"ReadImages"') && line.includes(id) && line.includes('"available"'));
  expect(reads).toHaveLength(1);
}, 90_000);

test('a request to detach that is throttled until the snapshot is completed does no harm', async () => {
  await expectNoLeftovers(cloud, async () => {
    cloud.fail([{ operation: 'UnlinkVolume', fault: 'slow', delay: snapshotTime + 1_000 }]);
    const job = step(cloud, { inputs: { 'omi-name': 'slowly', run: 'true\n' } });
    successful(await job.main());
    return [job.outputs()['snapshot-id'] ?? '', job.outputs()['omi-id'] ?? ''];
  });
}, 90_000);

test('a volume that is detaching for longer than its snapshot takes is awaited', async () => {
  await using slow = await startCloud('--latency', '1500', '--snapshot-time', '100');
  await expectNoLeftovers(slow, async () => {
    const job = step(slow, { inputs: { 'omi-name': 'detaching', run: 'true\n' } });
    const { text } = successful(await job.main());
    expect(text).toMatch(/^Snapshot snap-\w+: completed, volume detached/m);
    return [job.outputs()['snapshot-id'] ?? '', job.outputs()['omi-id'] ?? ''];
  });
}, 90_000);

test('a volume that is kept after a failure is attached and writable', async () => {
  cloud.fail([{ operation: 'UnlinkVolume', fault: 'refuse', code: '4000', times: 10 }]);
  const job = step(cloud, { inputs: { 'omi-name': 'kept', run: 'true\n', 'on-failure': 'keep' } });
  const main = job.start();
  const { disk } = await attached(main);
  expect((await main.ended).code).toBe(1);
  expect(isOurs(disk)).toBe(true);
  for (const name of [disk, `${disk}p1`])
    expect(readFileSync(`/sys/class/block/${name}/ro`, 'utf8').trim()).toBe('0');
}, 90_000);
