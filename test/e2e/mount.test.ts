/** @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { readImage } from '../../src/outscale/calls/lookups.js';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { manifestAt } from '../support/manifest.js';
import { jobNamespace, mounted, sharing } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { uidOf, users } from '../support/users.js';

const cloud = useCloud();

test.each(users)(
  'as %s: a step between mount and commit works in the chroot, and the snapshot has its changes',
  async (user) => {
    const machine = inventory(cloud.folder);
    const before = await cloud.resources();
    await using job = await jobNamespace();
    await using halves = await mounted(cloud, `halves ${uidOf(user)} {{.BuildId}}`, {
      user,
      job: job.pid,
    });
    const { mount, path, id, commit, inside } = halves;
    const { device = '', 'volume-id': volume = '' } = mount.outputs();
    expect(path).toBe(`/mnt/build-omi/${id}/root`);
    expect(existsSync(device)).toBe(true);
    expect(await cloud.resources()).toContain(volume);
    const modeOf = (folder: string): number[] => [statSync(folder).uid, statSync(folder).mode & 0o7777];
    expect(modeOf('/mnt/build-omi')).toEqual([0, 0o711]);
    expect(modeOf(`/mnt/build-omi/${id}`)).toEqual([uidOf(user), 0o700]);
    const work =
      'echo mine > /root/mine; test -r /proc/self/stat; test -c /dev/null; test -s /etc/resolv.conf';
    await inside(work);
    const end = commit();
    successful(await end.main());
    const { 'omi-id': omi = '', 'snapshot-id': snapshot = '', 'omi-name': name } = end.outputs();
    expect(name).toBe(`halves ${uidOf(user)} ${id}`);
    {
      await using disk = await openSnapshot(cloud, snapshot);
      expect(await disk.isClean()).toBe(true);
      expect(await disk.list('/root')).toContain('mine');
      expect(await disk.describe('/etc/resolv.conf')).toMatch(/Type: symlink/);
      expect(await disk.list('/run')).toEqual([]);
    }
    successful(await mount.post());
    expect(await cloud.resources()).toEqual([...before, omi, snapshot].sort());
    expect(inventory(cloud.folder)).toEqual(machine);
    expect(readdirSync(join(mount.stateDir, String(uidOf(user))))).toEqual([]);
  },
);

test('commit keeps the volume that mount has made', async () => {
  const before = await cloud.resources();
  await using halves = await mounted(cloud, 'kept by commit');
  const end = halves.commit({ 'keep-volume': 'only' });
  successful(await end.main());
  const { 'volume-id': id = '' } = end.outputs();
  expect(id).toBe(halves.mount.outputs()['volume-id']);
  successful(await halves.mount.post());
  expect(await cloud.resources()).toEqual([...before, id].sort());
});

test('mount and commit build from a disk image', async () => {
  const before = await cloud.resources();
  const image = join(cloud.folder, 'source.img');
  await using halves = await mounted(cloud, 'of an image', {
    inputs: { 'source-omi': '', 'source-image': image, 'root-volume-size': '2' },
  });
  await halves.inside('echo mine > /root/mine');
  const end = halves.commit();
  successful(await end.main());
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '' } = end.outputs();
  expect(await readImage(cloud.api, omi)).toMatchObject({
    Architecture: 'x86_64',
    BlockDeviceMappings: [{ Bsu: { VolumeSize: 2, VolumeType: 'gp2', DeleteOnVmDeletion: true } }],
  });
  expect(manifestAt(end.outputs().manifest)).toMatchObject({ sourceImage: { location: image } });
  successful(await halves.mount.post());
  expect(await cloud.resources()).toEqual([...before, omi, snapshot].sort());
});

test('without a commit, post removes all resources and terminates processes in the chroot', async () => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  await using halves = await mounted(cloud, 'no commit');
  const { mount, path } = halves;
  const user = spawn('sleep', ['1000'], { cwd: path, stdio: 'ignore' });
  const post = successful(await mount.post());
  expect(post.text).toMatch(/::warning.*sleep \(\d+\): cwd/);
  expect(user.signalCode ?? 'SIGTERM').toBe('SIGTERM');
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('a daemon in the chroot that ignores SIGTERM does not block a commit', async () => {
  const machine = inventory(cloud.folder);
  await using halves = await mounted(cloud, 'daemon');
  const { inside, commit, mount } = halves;
  await inside(
    `busybox setsid sh -c 'trap "" TERM HUP; exec 3> /root/held; while :; do sleep 1; done' > /dev/null 2>&1 &`,
  );
  const ran = successful(await commit().main());
  expect(ran.text).toMatch(
    /::warning.*Terminated process still using.*sh \(\d+\)|::warning.*busybox \(\d+\)/,
  );
  successful(await mount.post());
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('a failed commit does not change the build: the next commit succeeds, a third reports that the build is finished', async () => {
  const before = await cloud.resources();
  await using halves = await mounted(cloud, 'again');
  const { mount, path, commit, id } = halves;
  cloud.fail([{ operation: 'CreateImage', fault: 'refuse', times: 1 }]);
  expect((await commit().main()).code).toBe(1);
  cloud.fail([]);
  expect(existsSync(path)).toBe(false);
  const second = commit({ 'omi-name': 'another name' });
  successful(await second.main());
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '', 'omi-name': name } = second.outputs();
  expect(name).toBe('another name');
  const third = await commit().main();
  expect(third.code).toBe(1);
  expect(third.text).toContain(`build_id: build ${id} does not exist or is finished`);
  successful(await mount.post());
  expect(await cloud.resources()).toEqual([...before, omi, snapshot].sort());
});

test('a second commit fails while one runs', async () => {
  await using halves = await mounted(cloud, 'only one');
  const first = halves.commit().start();
  await first.waitForLine(/^::debug::Check: started/);
  first.child.kill('SIGSTOP');
  const second = await halves.commit().main();
  first.child.kill('SIGCONT');
  expect(second.code).toBe(1);
  expect(second.text).toContain(
    `build_id: another process is using build ${halves.id} (process ${first.child.pid})`,
  );
  successful(await first.ended);
});

test('mount and commit accept OMI options: those of commit take precedence, and mount renders its own templates', async () => {
  const inputs = {
    'omi-name': '',
    'omi-description': '{{timestamp}}',
    tags: 'from=mount',
    'snapshot-tags': 'a=b',
  };
  await using halves = await mounted(cloud, '', { inputs });
  const unnamed = await halves.commit().main();
  expect(unnamed.code).toBe(1);
  expect(unnamed.text).toContain('omi_name: is missing%0AGive it to commit, or to mount.');
  expect(existsSync(join(halves.path, 'etc'))).toBe(true);
  await sleep(1000); // Another second than that of mount.
  const commit = halves.commit({ 'omi-name': 'named late {{timestamp}}', tags: 'from=commit' });
  successful(await commit.main());
  const { Images } = await cloud.api.call('ReadImages', {
    Filters: { ImageIds: [commit.outputs()['omi-id'] ?? ''] },
  });
  const { ImageName, Description, Tags } = Images?.[0] ?? {};
  expect(Description).toMatch(/^\d+$/);
  expect(ImageName).toBe(`named late ${Description}`);
  expect(Tags).toContainEqual({ Key: 'from', Value: 'commit' });
  expect(Tags).not.toContainEqual({ Key: 'from', Value: 'mount' });
  const { Snapshots } = await cloud.api.call('ReadSnapshots', {
    Filters: { SnapshotIds: [commit.outputs()['snapshot-id'] ?? ''] },
  });
  expect(Snapshots?.[0]?.Tags).toEqual(
    expect.arrayContaining([
      { Key: 'from', Value: 'commit' },
      { Key: 'a', Value: 'b' },
    ]),
  );
});

test('two builds commit in reverse order, while a whole build runs in between', async () => {
  const machine = inventory(cloud.folder);
  await using first = await mounted(cloud, 'first');
  const shared = sharing(first.mount.stateDir);
  await using second = await mounted(cloud, 'second', { inputs: shared });
  successful(await step(cloud, { inputs: { 'omi-name': 'whole', run: 'true\n', ...shared } }).main());
  await first.inside('echo 1 > /root/number');
  await second.inside('echo 2 > /root/number');
  for (const [halves, number] of [
    [second, '2'],
    [first, '1'],
  ] as const) {
    const end = halves.commit();
    successful(await end.main());
    await using disk = await openSnapshot(cloud, end.outputs()['snapshot-id'] ?? '');
    expect((await disk.read('/root/number')).trim()).toBe(number);
    successful(await halves.mount.post());
  }
  expect(inventory(cloud.folder)).toEqual(machine);
});

test.each([
  [
    'mount',
    { run: 'true' },
    'run: is not an option of mount; do this in a workflow step between mount and commit',
  ],
  [
    'commit',
    { 'source-omi': 'ami-12345678' },
    'source-omi: is not an option of commit; set it on build or mount',
  ],
  ['commit', {}, 'build-id: is missing, and the process that started commit has no mounted build'],
  ['commit', { 'build-id': '0123456789ab' }, 'build_id: build 0123456789ab does not exist or is finished'],
] as const)('%s refuses %j', async (bundle, inputs, line) => {
  const ran = await step(cloud, { bundle, inputs }).main();
  expect(ran.code).toBe(line.startsWith('build_id') ? 1 : 2);
  expect(ran.text).toContain(line);
});
