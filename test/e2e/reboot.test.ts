/**
 * @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use.
 * @once It tests the state of the VM after a restart; recovery reads the answers.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { bootId } from '../../src/host/proc/identity.js';
import { currentMounts } from '../../src/host/proc/mountinfo.js';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { type MountedBuild, mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

const isMounted = (path: string): boolean => currentMounts().some(({ target }) => target === path);

/** Simulates a restart of the VM: a build without mounts, and with a ledger of another boot. */
async function reboot(
  { mount, id, path }: MountedBuild,
  edit = (text: string): string => text,
): Promise<void> {
  while (isMounted(path)) await exec(['umount', '--recursive', path]);
  const ledger = join(mount.stateDir, '0', `${id}.jsonl`);
  const text = readFileSync(ledger, 'utf8').replaceAll(bootId(), '00000000-0000-4000-8000-000000000000');
  writeFileSync(ledger, edit(text));
}

/** A filesystem of another user at a path, and a process with its working directory in it. */
async function otherUserAt(path: string): Promise<{ isAlive: () => boolean } & AsyncDisposable> {
  await exec(['mount', '-t', 'tmpfs', 'tmpfs', path]);
  const user = spawn('sleep', ['1000'], { cwd: path, stdio: 'ignore' });
  return {
    isAlive: () => user.signalCode === null,
    [Symbol.asyncDispose]: async () => {
      user.kill('SIGKILL');
      await once(user, 'close');
      await exec(['umount', path]);
    },
  };
}

test('after a reboot the build keeps a mount of another user at mount_path, and its processes', async () => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const path = join(cloud.folder, 'fixed');
  await using halves = await mounted(cloud, 'rebooted', { inputs: { 'mount-path': path } });
  await reboot(halves);
  await using user = await otherUserAt(path);
  successful(await halves.mount.post());
  expect(user.isAlive()).toBe(true);
  expect(isMounted(path)).toBe(true);
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('the build keeps a mount of another user that replaced the image at mount_path', async () => {
  const before = await cloud.resources();
  const path = join(cloud.folder, 'taken');
  await using halves = await mounted(cloud, 'taken over', { inputs: { 'mount-path': path } });
  while (isMounted(path)) await exec(['umount', '--recursive', path]);
  await using user = await otherUserAt(path);
  // The directory itself cannot be removed.
  const { text } = await halves.mount.post();
  expect(text).toContain(`folder ${path}: EBUSY`);
  expect(user.isAlive()).toBe(true);
  expect(isMounted(path)).toBe(true);
  expect(await cloud.resources()).toEqual(before);
});

test('after a reboot the build identifies the disk of a volume under any name, and does not detach it while mounted', async () => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  await using other = await mounted(cloud, 'other');
  await using halves = await mounted(cloud, 'renamed');
  const { device = '', 'volume-id': volume = '' } = halves.mount.outputs();
  const { device: used = '' } = other.mount.outputs();
  const image = currentMounts().findLast(({ target }) => target === halves.path)?.source ?? '';
  await reboot(halves, (text) => text.replaceAll(`"disk":"${device.slice(5)}"`, `"disk":"${used.slice(5)}"`));
  const location = join(cloud.folder, 'look');
  mkdirSync(location);
  await exec(['mount', image, location]);
  try {
    const { code, text } = await halves.mount.post();
    expect(code).toBe(1);
    expect(text).toContain(`Volume ${volume} not detached: its disk ${device.slice(5)} is still in use`);
  } finally {
    await exec(['umount', location]);
  }
  // The disk that now has the old name is in use, and does not belong to the build.
  successful(await halves.mount.post());
  await other.inside('test -d /etc');
  successful(await other.mount.post());
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('the build treats an image that was moved with its directory as mounted', async () => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const [parent, moved] = [join(cloud.folder, 'parent'), join(cloud.folder, 'moved')];
  mkdirSync(parent);
  const path = join(parent, 'image');
  await using halves = await mounted(cloud, 'moved', { inputs: { 'mount-path': path } });
  renameSync(parent, moved);
  const { code, text } = await halves.mount.post();
  renameSync(moved, parent);
  expect(code).toBe(1);
  expect(text).toMatch(`is still mounted outside ${path}: ${join(moved, 'image')}`);
  successful(await halves.mount.post());
  expect(isMounted(path)).toBe(false);
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});
