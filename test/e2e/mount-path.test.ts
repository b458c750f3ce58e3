/**
 * @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it.
 * @once It tests directories of the VM.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { mountsIn } from '../../src/host/proc/mountinfo.js';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { follower, jobNamespace, mounted, sharing } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { uidOf } from '../support/users.js';

const cloud = useCloud();

/** Runs a mount that must fail without leftovers. @returns its output */
async function refused(
  inputs: Readonly<Record<string, string>>,
  more: Omit<Parameters<typeof step>[1], 'inputs'> = {},
): Promise<string> {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const ran = await step(cloud, {
    ...more,
    bundle: 'mount',
    inputs: { 'omi-name': 'refused', ...inputs },
  }).main();
  expect(ran.code).toBe(1);
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
  return ran.lines
    .filter(({ line }) => line.startsWith('::error'))
    .map(({ line }) => line)
    .join('\n');
}

test('the build refuses a mount_path that is not empty, and does not change it', async () => {
  const path = mkdtempSync(join(cloud.folder, 'full-'));
  writeFileSync(join(path, 'file'), 'mine');
  expect(await refused({ 'mount-path': path })).toContain(`mount_path: ${path} is not empty`);
  expect(readFileSync(join(path, 'file'), 'utf8')).toBe('mine');
});

test('the build refuses a mount_path that is a mount point', async () => {
  expect(await refused({ 'mount-path': '/proc' })).toContain('mount_path: /proc is already a mount point');
});

test('the build refuses a mount_path that is a file', async () => {
  const path = join(cloud.folder, 'record.jsonl');
  expect(await refused({ 'mount-path': path })).toContain(`mount_path: ${path} is not a directory`);
});

test('the build refuses the mount_path of a running build; a user-supplied directory stays, empty', async () => {
  const path = join(cloud.folder, 'given');
  mkdirSync(path);
  const inputs = { 'mount-path': path };
  await using namespace = await jobNamespace();
  const job = namespace.pid;
  await using halves = await mounted(cloud, 'holds it', { inputs, job });
  const shared = { ...inputs, ...sharing(halves.mount.stateDir) };
  expect(await refused(shared, { job })).toContain(`mount_path: ${path} is in use by another running build`);
  const below = { ...shared, 'mount-path': `${path}/tmp` };
  expect(await refused(below, { job })).toContain('overlaps');
  expect(await refused(inputs, { job })).toContain(`mount_path: ${path} is already a mount point`);
  await halves.inside('test -d /etc');
  successful(await halves.mount.post());
  expect(existsSync(path)).toBe(true);
  expect(mountsIn(job).filter(({ target }) => target.startsWith(path))).toEqual([]);
});

test('two users mount at the same time, and neither they nor others can read the image of another user', async () => {
  await using job = await jobNamespace();
  await using first = await mounted(cloud, 'of root', { job: job.pid });
  await using second = await mounted(cloud, 'of a user', { user: 'a user with sudo', job: job.pid });
  const canLook = async (uid: number, path: string): Promise<boolean> => {
    const become = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'] as const;
    const inspect = ['stat', '--', `${path}/bin/busybox`] as const;
    const argv = ['nsenter', `--target=${job.pid}`, '--mount', '--', ...become, ...inspect] as const;
    return (await exec(argv, { answers: [1] })).code === 0;
  };
  const [user, nobody] = [uidOf('a user with sudo'), 65_534];
  expect(await canLook(0, first.path)).toBe(true);
  expect(await canLook(user, first.path)).toBe(false);
  expect(await canLook(nobody, first.path)).toBe(false);
  expect(await canLook(user, second.path)).toBe(true);
  expect(await canLook(nobody, second.path)).toBe(false);
  for (const halves of [first, second]) {
    const folder = dirname(halves.path);
    successful(await halves.commit().main());
    expect(existsSync(folder)).toBe(false);
  }
});

test.each([
  ['0755', /::warning.*mount_path: other users can reach \S+\/root and run setuid programs of the image/],
  ['0750', /^(?!.*other users can reach)/s],
])('mount_path below a directory of mode %s: whether mount warns of other users', async (mode, said) => {
  const folder = mkdtempSync(join(tmpdir(), 'build-omi-open-'));
  chmodSync(folder, Number.parseInt(mode, 8));
  const inputs = { 'omi-name': `open ${mode}`, 'mount-path': join(folder, 'root'), hold: '1h' };
  const mount = step(cloud, { bundle: 'mount', inputs });
  const { text } = successful(await mount.main());
  successful(await mount.post());
  rmSync(folder, { recursive: true });
  expect(text).toMatch(said);
});

test('the build removes directories it created above mount_path, except one that is no longer empty', async () => {
  const above = join(cloud.folder, 'made/by/a build');
  await using halves = await mounted(cloud, 'deep', { inputs: { 'mount-path': join(above, 'root') } });
  writeFileSync(join(above, '..', 'file'), 'mine');
  successful(await halves.mount.post());
  expect(existsSync(above)).toBe(false);
  expect(readFileSync(join(above, '..', 'file'), 'utf8')).toBe('mine');
});

test('on a VM with shared mounts, no other mount namespace receives the mounts of the image', async () => {
  await using job = await jobNamespace('shared');
  await using other = await follower(job);
  const observed = (): string[] =>
    mountsIn(other.pid)
      .filter(({ target }) => target.startsWith('/mnt/build-omi/'))
      .map(({ source }) => source);
  await using halves = await mounted(cloud, 'private', { job: job.pid });
  expect(mountsIn(job.pid).filter(({ target }) => target.startsWith(halves.path)).length).toBeGreaterThan(4);
  // The directory of the mount point itself, without the mount on it.
  expect(observed()).toHaveLength(1);
  expect(observed()[0]).not.toMatch(new RegExp(`^${halves.mount.outputs().device}`));
  successful(await halves.commit().main());
  expect(observed()).toEqual([]);
});
