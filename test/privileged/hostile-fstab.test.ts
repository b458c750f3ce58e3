/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { forbidDevices } from '../../src/host/chroot/devices.js';
import { mountFstab } from '../../src/host/chroot/mount-fstab.js';
import { probeRoot } from '../../src/host/chroot/probe-root.js';
import type { Partition } from '../../src/host/disk/partitions.js';
import { exec } from '../../src/host/exec/exec.js';
import { ImageTree } from '../../src/host/image/image-fs.js';
import { type Mount, mountsIn } from '../../src/host/proc/mountinfo.js';
import { endNamespace } from '../../src/host/sandbox/namespaces.js';
import { step } from '../support/action.js';
import { makeCanary } from '../support/canary.js';
import { useCloud } from '../support/cloud.js';
import { jobNamespace, mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { type TestDisk, type TestSandbox, testDisk, testSandbox } from '../support/test-disk.js';
import { users } from '../support/users.js';

const cloud = useCloud();

let published = 0;
const publish = async (disk: TestDisk): Promise<string> =>
  await publishDisk(cloud.api, disk.file, `hostile fstab ${++published}`);

/** The partition that a sandbox has mounted at its root. */
function rootOf({ sandbox, mountPath }: TestSandbox): Partition {
  const source = mountsIn(sandbox.pid).findLast(({ target }) => target === mountPath)?.source ?? '';
  const name = source.replace('/dev/', '');
  const facts = { type: undefined, uuid: undefined, partUuid: undefined, partLabel: undefined };
  return { ...facts, number: 1, name, start: 0, size: 0, filesystem: 'ext4', label: 'root' };
}

/** Mount points outside of the image in a namespace. */
const outside = (mounts: readonly Mount[], path: string): string[] =>
  mounts.map(({ target }) => target).filter((target) => target !== path && !target.startsWith(`${path}/`));

const up = '../../../../../../../..';

/** The target of an fstab line, the preparation of the image ($V: a directory of the VM), and the message. */
const targets: readonly (readonly [string, string, RegExp | undefined])[] = [
  [`/nope/${up}$V/dev`, ':', /contains `\.\.`$/],
  [String.raw`/nope/\056\056/\056./${up}$V/dev`, ':', /contains `\.\.`$/],
  [
    '/etc/link',
    `ln -s nope/${up}$V/dev etc/link`,
    /`\.\.` follows a directory that does not exist in the image$/,
  ],
  ['/etc/link', `ln -s /run/nope/${up}$V/dev etc/link`, /`\.\.` follows a directory that does not exist/],
  ['/etc/link/more', `ln -s nope/${up}$V etc/link`, /`\.\.` follows a directory that does not exist/],
  ['/etc/link', 'ln -s $V/dev etc/link', undefined],
  ['/etc/link', `ln -s ${up}$V/dev etc/link`, undefined],
  ['/etc/link/dev', `ln -s ${up}$V etc/link`, undefined],
  ['/etc/link/new', 'ln -s $V etc/link', undefined],
  ['/etc/link', 'ln -s / etc/link', /resolves to the root directory$/],
  ['/etc/link', 'ln -s link etc/link', /too many levels of symbolic links in the image/],
  ['/etc/passwd', ':', /is not a directory in the image$/],
  ['/etc/link', 'mkfifo etc/link', /is not a directory in the image$/],
];

test.each(targets)(
  'fstab mounts at %s (%s) are inside the image or skipped',
  async (target, prepare, said) => {
    using disk = await testDisk();
    const canary = makeCanary(disk.folder);
    const fill = (text: string): string => text.replaceAll('$V', canary.path);
    await disk.change(`${fill(prepare)}; echo '${fill(`LABEL=root ${target} ext4 nofail 0 0`)}' > etc/fstab`);
    await using on = await testSandbox(disk);
    const before = outside(mountsIn(on.sandbox.pid), on.mountPath);
    const root = rootOf(on);
    const own = await mountFstab(root, [root], { ...on, path: on.mountPath });
    expect(outside(mountsIn(on.sandbox.pid), on.mountPath)).toEqual(before);
    expect(own.skipped).toEqual(said === undefined ? [] : [expect.stringMatching(said)]);
    expect(own.mounted).toHaveLength(said === undefined ? 1 : 0);
  },
);

test('a mount that ends the namespaces, because it does not end, is not skipped', async () => {
  using disk = await testDisk();
  await disk.change(`echo 'LABEL=root /srv ext4 nofail 0 0' > etc/fstab`);
  await using on = await testSandbox(disk);
  const end = async (): Promise<never> => {
    await endNamespace(on.sandbox.holder, 'test', on.signal);
    while (existsSync(`/proc/${on.sandbox.pid}`)) await sleep(5);
    throw new Error('mount(2) did not end');
  };
  const mounter = { call: end, createNodes: end, [Symbol.asyncDispose]: () => Promise.resolve() };
  const sandbox = { ...on.sandbox, mounter: () => mounter };
  const root = rootOf(on);
  await expect(mountFstab(root, [root], { ...on, sandbox, path: on.mountPath })).rejects.toThrow(
    'mount(2) did not end',
  );
});

/** An fstab that mounts the image's own filesystem over /etc of the VM. */
const cover = (location: string): string => `
  echo 'LABEL=root /nope/${up}${location} ext4 defaults 0 0' > etc/fstab
  echo 'LABEL=root /etc/link ext4 nofail 0 0' >> etc/fstab
  ln -s nope/${up}${location} etc/link`;

test.each(users)(
  'as %s: a build and a mount from such an image cover no directory of the VM',
  async (user) => {
    using disk = await testDisk();
    const canary = makeCanary(disk.folder);
    await disk.change(cover(canary.path));
    const [source, before] = [await publish(disk), await canary.inspect()];
    const inputs = { 'source-omi': source, 'omi-name': 'covers {{.BuildId}}' };
    const build = step(cloud, { user, inputs: { ...inputs, run: 'cat /proc/self/mountinfo\n' } });
    const { text } = successful(await build.main());
    expect(text).toMatch(/::notice::fstab of the image: \/nope\S+ contains `\.\.`/);
    const lines = text.split('\n').filter((line) => / - \S+ \S+ r[ow]\b/.test(line));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => line.includes(canary.path))).toEqual([]);
    await using job = await jobNamespace();
    {
      await using halves = await mounted(cloud, 'covers {{.BuildId}}', { user, job: job.pid, inputs });
      const locations = mountsIn(job.pid).map(({ target }) => target);
      expect(locations.filter((location) => location.startsWith(disk.folder))).toEqual([]);
      expect(locations).toContain(halves.path);
      successful(await halves.commit().main());
    }
    expect(await canary.inspect()).toBe(before);
  },
);

test('a mount covered by another one is skipped when device nodes are forbidden', async () => {
  using disk = await testDisk();
  const canary = makeCanary(disk.folder);
  await disk.change(`mkdir -p usr/a/b; ln -s ${canary.path}/dev etc/b`);
  await using on = await testSandbox(disk);
  // As fstab lines for /usr/a/b and /usr/a; the latter has a link at b, which leads to a mount of the VM.
  const run = async (...argv: [string, ...string[]]): Promise<unknown> => await exec(on.sandbox.inside(argv));
  await run('mount', '-t', 'tmpfs', '-o', 'noexec', 'x', `${canary.path}/dev`);
  await run('mount', '--bind', `${on.mountPath}/var`, `${on.mountPath}/usr/a/b`);
  await run('mount', '--bind', `${on.mountPath}/etc`, `${on.mountPath}/usr/a`);
  await using mounter = on.sandbox.mounter(on.signal);
  await forbidDevices(on, mounter);
  const options = (location: string): readonly string[] =>
    mountsIn(on.sandbox.pid).find(({ target }) => target === location)?.options ?? [];
  expect(options(`${canary.path}/dev`)).toEqual(expect.arrayContaining(['noexec']));
  expect(options(`${canary.path}/dev`)).not.toContain('nodev');
  expect(options(`${on.mountPath}/usr/a`)).toContain('nodev');
  expect(options(on.mountPath)).toContain('nodev');
});

test('a line of fstab that would cover an earlier one is skipped', async () => {
  using disk = await testDisk();
  await disk.change(
    `ln -s . usr/l; echo 'LABEL=root /usr/b ext4
      LABEL=root /usr/l/l/.. ext4
      LABEL=root /usr/l/l ext4 nofail' > etc/fstab`,
  );
  await using on = await testSandbox(disk);
  const root = rootOf(on);
  const { mounted: own, skipped, made } = await mountFstab(root, [root], { ...on, path: on.mountPath });
  expect(own.map(({ target }) => target)).toEqual(['/usr/b']);
  expect(skipped).toEqual([
    expect.stringContaining('contains `..`'),
    expect.stringMatching(/^\/usr\/l\/l \(loop\d+\) would hide \/usr\/b \(loop\d+\)$/),
  ]);
  expect(made).toEqual(['/usr/b']);
});

/** A disk whose superblock orders a panic, and options of a mount too. */
async function panics(disk: TestDisk): Promise<void> {
  const part = join(disk.folder, 'part');
  const copy = (from: string, to: string, ...more: string[]): Promise<unknown> =>
    exec(['dd', `if=${from}`, `of=${to}`, 'bs=1M', 'conv=notrunc,sparse', ...more], { limit: 'disk' });
  await copy(disk.file, part, 'skip=1');
  await exec(['tune2fs', '-e', 'panic', '-E', 'mount_opts=errors=panic', part]);
  expect((await exec(['dumpe2fs', '-h', part])).stdout).toMatch(/^Errors behavior:\s+Panic$/m);
  await exec(['dd', `if=${part}`, `of=${disk.file}`, 'bs=1M', 'seek=1', 'conv=notrunc'], { limit: 'disk' });
}

/** The options of the filesystems that a text of mountinfo shows at a place. */
const superOptions = (text: string, location: string): string[] | undefined =>
  text
    .split('\n')
    .find((line) => line.split(' ')[4] === location)
    ?.split(' ')
    .at(-1)
    ?.split(',');

test('a superblock cannot trigger a panic, neither in the read-only probe nor in mounts of fstab', async () => {
  using disk = await testDisk();
  await disk.change("echo 'LABEL=root /usr/own ext4 errors=panic' > etc/fstab");
  await panics(disk);
  await using on = await testSandbox(disk);
  const root = rootOf(on);
  await exec(on.sandbox.inside(['umount', on.mountPath]));
  // The sandbox of the test has released the loop device.
  const loop = (
    await exec(on.sandbox.inside(['losetup', '--find', '--show', '--offset', '1048576', disk.file]))
  ).stdout.trim();
  try {
    const partition = { ...root, name: loop.replace('/dev/', '') };
    const shown: (string[] | undefined)[] = [];
    const mountinfo = (): string => readFileSync(`/proc/${on.sandbox.pid}/mountinfo`, 'utf8');
    class Watched extends ImageTree {
      override stat(path: string): ReturnType<ImageTree['stat']> {
        shown.push(superOptions(mountinfo(), on.mountPath));
        return super.stat(path);
      }
    }
    const inspect = { ...on, path: on.mountPath, tree: new Watched(on.tree.root) };
    expect(await probeRoot(partition, inspect)).toEqual({
      isRoot: true,
      hasContent: true,
      subvolume: undefined,
    });
    expect(shown.length).toBeGreaterThan(0);
    for (const options of shown) expect(options).toEqual(expect.arrayContaining(['ro', 'errors=remount-ro']));
    await exec(on.sandbox.inside(['mount', '-o', 'errors=remount-ro', loop, on.mountPath]));
    const { mounted: own } = await mountFstab(partition, [partition], { ...on, path: on.mountPath });
    expect(own.map(({ options }) => options)).toEqual([[]]);
    const options = superOptions(mountinfo(), `${on.mountPath}/usr/own`);
    expect(options).toContain('errors=remount-ro');
    expect(options).not.toContain('errors=panic');
  } finally {
    await exec(on.sandbox.inside(['umount', '--recursive', on.mountPath]));
    await exec(['losetup', '--detach', loop]);
  }
});

test.each(users)('as %s: a build mounts such a disk with errors=remount-ro', async (user) => {
  using disk = await testDisk();
  await panics(disk);
  const source = await publish(disk);
  const run = 'grep " - ext4 " /proc/self/mountinfo\n';
  const inputs = { 'source-omi': source, 'omi-name': 'panics {{.BuildId}}', run };
  const { text } = successful(await step(cloud, { user, inputs }).main());
  expect(superOptions(text, '/')).toEqual(expect.arrayContaining(['rw', 'errors=remount-ro']));
});

test('an fstab of 900 lines that cannot be mounted gives 21 lines of log', async () => {
  using disk = await testDisk();
  const long = 'x'.repeat(900);
  await disk.change(`for i in $(seq 900); do echo "UUID=$i /${long}$i ext4"; done > etc/fstab`);
  const source = await publish(disk);
  const job = step(cloud, { inputs: { 'source-omi': source, 'omi-name': 'talks', run: 'true\n' } });
  const { text } = successful(await job.main());
  expect(text.match(/^::notice::fstab/gm)).toHaveLength(21);
  expect(text.length).toBeLessThan(20_000);
});

test('a sparse fstab fails the build with one error that names file and limit', async () => {
  using disk = await testDisk();
  await disk.change('truncate -s 1900M etc/fstab');
  const source = await publish(disk);
  const job = step(cloud, { inputs: { 'source-omi': source, 'omi-name': 'sparse', run: 'true\n' } });
  const { code, text } = await job.main();
  expect(code).toBe(1);
  expect(text.match(/^::error.*$/gm)).toEqual([
    expect.stringContaining('/etc/fstab of the image is larger than the limit of 1 MiB'),
  ]);
});

test.each([['/run/nope/../../root/leak'], ['../run/nope/../../../root/leak'], [`/run/nope/${up}/root/leak`]])(
  'resolv.conf -> %s: the published image has no file of the VM',
  async (link) => {
    using disk = await testDisk();
    await disk.change(`rm etc/resolv.conf; ln -s ${link} etc/resolv.conf`);
    const before = await disk.inspect();
    const source = await publish(disk);
    const inputs = { 'source-omi': source, 'omi-name': 'leaks {{.BuildId}}', run: 'cat /etc/resolv.conf\n' };
    const job = step(cloud, { inputs });
    successful(await job.main());
    using built = await testDisk(
      join(cloud.folder, 'cloud/snapshots', `${job.outputs()['snapshot-id']}.raw`),
    );
    expect(await built.inspect()).toEqual(before);
    expect(statSync('/root/leak', { throwIfNoEntry: false })).toBeUndefined();
  },
);

test.each(users)('as %s: the image has no directories that were created as mount points', async (user) => {
  using disk = await testDisk();
  await disk.change(`
    rmdir proc sys dev run var; echo 'LABEL=root /boot/own/deep ext4' > etc/fstab
    echo 'LABEL=root /boot/own/deep/usr/new ext4' >> etc/fstab`);
  const source = await publish(disk);
  const inputs = {
    'source-omi': source,
    'omi-name': 'points {{.BuildId}}',
    'chroot-mounts':
      '[[proc,proc,/proc],[sysfs,sysfs,/sys],[bind,/dev,/dev],[devpts,devpts,/dev/pts],[tmpfs,x,/x/y],[tmpfs,y,/boot/z]]',
  };
  const names = async (snapshot = ''): Promise<string[]> => {
    await using opened = await openSnapshot(cloud, snapshot);
    expect(await opened.isClean()).toBe(true);
    return [...(await opened.list('/')), ...(await opened.list('/usr'))];
  };
  const asItWas = ['bin', 'etc', 'lost+found', 'root', 'tmp', 'usr', 'bin'];
  const build = step(cloud, {
    user,
    inputs: { ...inputs, run: 'test -d /x/y -a -d /boot/own/deep/etc\n' },
  });
  successful(await build.main());
  expect(await names(build.outputs()['snapshot-id'])).toEqual(asItWas);
  await using job = await jobNamespace();
  await using halves = await mounted(cloud, 'points {{.BuildId}}', { user, job: job.pid, inputs });
  await halves.inside('test -d /x/y -a -d /boot/own/deep/etc');
  const end = halves.commit();
  successful(await end.main());
  expect(await names(end.outputs()['snapshot-id'])).toEqual(asItWas);
});
