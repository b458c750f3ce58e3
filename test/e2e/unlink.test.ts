/**
 * @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use.
 * @once It tests what the kernel says before a volume is unlinked.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { diskOf } from '../../src/host/disk/find-disk.js';
import { exec } from '../../src/host/exec/exec.js';
import { readImage } from '../../src/outscale/calls/lookups.js';
import { step } from '../support/action.js';
import { attach } from '../support/attach.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { mounted } from '../support/mount-commit.js';
import { launch, successful } from '../support/process.js';

const cloud = useCloud();
afterEach(() => cloud.fail([]));

/** Mounts the first partition of a disk of this cloud as soon as it appears, as an automounter does. */
function automounter(location: string): AsyncDisposable {
  const script = `while :; do for one in /sys/block/loop*; do
      case "$(cat $one/loop/backing_file 2>/dev/null)" in "$0"/*)
        mount -o ro "/dev/\${one##*/}p1" "$1" 2>/dev/null && echo mounted && exec sleep 1000;;
      esac; done; done`;
  const running = launch(['sh', '-c', script, cloud.folder, location], { PATH: process.env.PATH });
  return {
    [Symbol.asyncDispose]: async () => {
      running.child.kill('SIGKILL');
      await running.ended;
    },
  };
}

const isLinked = async (volume: string): Promise<boolean> => {
  const { Volumes } = await cloud.api.call('ReadVolumes', { Filters: { VolumeIds: [volume] } });
  return Volumes?.[0]?.LinkedVolumes?.[0]?.State === 'attached';
};

test('the build does not detach a disk that an automounter mounted before identification', async () => {
  await expectNoLeftovers(cloud, async () => {
    const location = mkdtempSync(join(cloud.folder, 'auto-'));
    const job = step(cloud, { inputs: { 'omi-name': 'automounted' } });
    let volume = '';
    {
      await using _auto = automounter(location);
      const main = await job.main();
      expect(main.code).toBe(1);
      volume = job.outputs()['volume-id'] ?? /Detach volume (vol-\w+)/.exec(main.text)?.[1] ?? '';
      expect(main.text).toMatch(
        new RegExp(`Volume ${volume} not detached: its disk loop\\d+ is still in use`),
      );
      expect(await isLinked(volume)).toBe(true);
    }
    await exec(['umount', location]);
    successful(await job.post());
    return [];
  });
}, 90_000);

test('the build checks the kernel before each UnlinkVolume, and keeps a disk attached that is mounted meanwhile', async () => {
  await expectNoLeftovers(cloud, async () => {
    const before = await cloud.resources();
    const location = mkdtempSync(join(cloud.folder, 'between-'));
    cloud.fail([{ operation: 'UnlinkVolume', fault: 'drop-before', times: 1_000 }]);
    cloud.requests();
    const job = step(cloud, { inputs: { 'omi-name': 'repeated', run: 'true\n' } });
    const main = job.start();
    const found = /Attached (vol-\w+) as \S+ \(kernel name (loop\d+)\)/;
    const [, volume = '', disk = ''] = found.exec(await main.waitForLine(found)) ?? [];
    const asked = (): boolean => cloud.requests().some(({ operation }) => operation === 'UnlinkVolume');
    while (!asked()) await sleep(20);
    // Fails while a request is in flight.
    while ((await exec(['mount', '-o', 'ro', `/dev/${disk}p1`, location], { answers: [32] })).code !== 0)
      await sleep(5);
    cloud.fail([]);
    const ran = await main.ended;
    expect(ran.code).toBe(1);
    expect(ran.text).toContain(`Volume ${volume} not detached: its disk ${disk} is still in use`);
    expect(await isLinked(volume)).toBe(true);
    expect(
      cloud.requests().filter(({ operation, status }) => operation === 'UnlinkVolume' && status === 200),
    ).toEqual([]);
    await exec(['umount', location]);
    successful(await job.post());
    expect(await cloud.resources()).toEqual(before);
  });
}, 90_000);

test('a data disk that reuses the device name of an orphaned build keeps its loop devices and swap', async () => {
  const before = await cloud.resources();
  await using halves = await mounted(cloud, 'name taken over');
  const { 'volume-id': id = '', device = '' } = halves.mount.outputs();
  const { Volumes } = await cloud.api.call('ReadVolumes', { Filters: { VolumeIds: [id] } });
  const disk = diskOf(Volumes?.[0]?.LinkedVolumes?.[0]?.DeviceName ?? device, id) ?? '';
  await exec(['umount', '--recursive', halves.path]);
  await exec(['umount', halves.path], { answers: [32] });
  await cloud.api.call('UnlinkVolume', { VolumeId: id });
  while (diskOf(Volumes?.[0]?.LinkedVolumes?.[0]?.DeviceName ?? '', id) !== undefined) await sleep(20);
  const image = await readImage(cloud.api, cloud.source);
  const snapshot = image?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? '';
  const data = await attach(cloud.api, snapshot);
  expect(data.disk).toBe(disk);
  const location = join(cloud.folder, 'data');
  mkdirSync(location);
  await exec(['mount', `/dev/${data.disk}p1`, location]);
  const swap = join(location, 'swap');
  await exec(['dd', 'if=/dev/zero', `of=${swap}`, 'bs=1M', 'count=2']);
  const loop = (await exec(['losetup', '--find', '--show', swap])).stdout.trim();
  try {
    const { text } = successful(await halves.mount.post());
    expect(text).not.toContain(loop);
    expect(
      (await exec(['losetup', '--list', '--noheadings', '--output', 'BACK-FILE', loop])).stdout,
    ).toContain(swap);
  } finally {
    await exec(['losetup', '--detach', loop], { answers: [1] });
    await exec(['umount', location]);
    await data.remove();
  }
  expect(await cloud.resources()).toEqual(before);
});
