/** @long It makes a disk of each layout. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attachSnapshot } from '../support/attached-snapshot.js';
import { buildDisk, tryDisk } from '../support/build-disk.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { type Part, smallest } from '../support/disk-images.js';
import { runnable } from '../support/kernel-features.js';
import { users } from '../support/users.js';

const biosBoot: Part = { size: 1, type: '21686148-6449-6E6F-744E-656564454649' };
const efi: Part = {
  size: 40,
  type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  filesystem: 'vfat',
  label: 'EFI',
};
const fstab = 'PARTLABEL=x / auto defaults 0 1\nLABEL=EFI /boot/efi vfat umask=0077,nofail 0 2\n';
const layouts = [
  { name: 'MBR', table: 'dos', before: [], number: 1 },
  { name: 'GPT with BIOS boot and ESP', table: 'gpt', before: [biosBoot, efi], number: 3 },
  { name: 'the whole disk', table: undefined, before: [], number: 0 },
] as const;
const filesystems = runnable([['ext4'], ['xfs'], ['btrfs']] as const).flat();
/** The naming of disks and the user of the build. */
const variants = [
  { naming: 'api', user: 'root' },
  { naming: 'by-id', user: 'a user with sudo' },
] as const;

const clouds = new Map<string, TestCloud>();
beforeAll(async () => {
  for (const { naming } of variants) clouds.set(naming, await startCloud('--naming', naming));
});
afterAll(async () => {
  for (const cloud of clouds.values()) await cloud[Symbol.asyncDispose]();
});

const cloudOf = (naming: string): TestCloud => {
  const cloud = clouds.get(naming);
  if (!cloud) throw new Error(`no cloud with names ${naming}`);
  return cloud;
};

test.each(
  variants.flatMap((variant) =>
    layouts.flatMap((layout) => filesystems.map((filesystem) => ({ ...variant, layout, filesystem }))),
  ),
)(
  'as $user, $naming names, $layout.name, $filesystem: the build finds the root and provisions it',
  async ({ naming, user, layout, filesystem }) => {
    const cloud = cloudOf(naming);
    const root: Part = { size: smallest[filesystem], filesystem, linux: true, files: { 'etc/fstab': fstab } };
    const { snapshot, text } = await buildDisk(
      cloud,
      { table: layout.table, parts: [...layout.before, root] },
      { run: 'echo work > /root/work\nls /dev > /root/devices\n' },
      user,
    );
    expect(text).toMatch(new RegExp(`\\(${filesystem}.* is the root: `));
    await using disk = await attachSnapshot(cloud, snapshot);
    expect(disk.notQuiesced(layout.number)).toBeUndefined();
    expect(await disk.read(layout.number, 'root/work')).toBe('work\n');
    expect(await disk.read(layout.number, 'root/devices')).toMatch(/^(sd|xvd)[b-z]/m);
  },
);

test.each(users)(
  'as %s: a separate /boot receives files of the script; other fstab lines are logged',
  async (user) => {
    const cloud = cloudOf('api');
    const boot: Part = { size: 32, filesystem: 'ext4', label: 'BOOT', files: { 'grub/grub.cfg': 'old\n' } };
    const table = [
      '/dev/vda3 / ext4 defaults 0 1',
      'LABEL=BOOT /boot ext4 ro,noexec 0 2',
      'LABEL=EFI /boot/efi vfat umask=0077 0 2',
      'UUID=00000000-0000-0000-0000-000000000000 /data ext4 defaults 0 2',
      'server:/export /net nfs defaults 0 0',
      'proc /proc proc defaults 0 0',
      '/dev/vdb1 /scratch ext4 noauto 0 0',
    ].join('\n');
    const root: Part = { size: 64, filesystem: 'ext4', linux: true, files: { 'etc/fstab': `${table}\n` } };
    const { snapshot, text } = await buildDisk(
      cloud,
      { table: 'gpt', parts: [efi, boot, root] },
      { run: 'cat /boot/grub/grub.cfg\necho new > /boot/kernel\n' },
      user,
    );
    expect(text).toMatch(/Mounted loop\d+p2 at \/boot\n/);
    expect(text).toMatch(/^old$/m);
    expect(text).toMatch(/::notice::.*\/data is not on the volume \(UUID=0{8}/);
    expect(text).toMatch(/::notice::.*\/net is on a network filesystem/);
    expect(text).not.toContain('/scratch');
    await using disk = await attachSnapshot(cloud, snapshot);
    expect([disk.notQuiesced(2), disk.notQuiesced(3)]).toEqual([undefined, undefined]);
    expect(await disk.read(2, 'kernel')).toBe('new\n');
    expect(await disk.read(3, 'boot/kernel')).toBeUndefined();
  },
);

test.each(users.flatMap((user) => runnable([[user, 'btrfs']] as const)))(
  'as %s: the build mounts a root in a non-default %s subvolume, and the subvolumes of its fstab',
  async (user) => {
    const cloud = cloudOf('api');
    const table = 'LABEL=R / btrfs subvol=@ 0 0\nLABEL=R /home btrfs noatime,subvol=/@home 0 0\n';
    const root: Part = {
      size: 128,
      filesystem: 'btrfs',
      label: 'R',
      linux: true,
      subvolumes: { '@': '', '@home': 'home' },
      files: { 'etc/fstab': table, 'home/there': 'yes\n' },
    };
    const { snapshot, text } = await buildDisk(
      cloud,
      { table: 'gpt', parts: [biosBoot, root] },
      { run: 'cat /home/there\necho work > /root/work; echo work > /home/work\n' },
      user,
    );
    expect(text).toMatch(/^yes$/m);
    await using disk = await attachSnapshot(cloud, snapshot);
    expect(await disk.read(2, '@/root/work', 'subvolid=5')).toBe('work\n');
    expect(await disk.read(2, '@home/work', 'subvolid=5')).toBe('work\n');
  },
);

test.each(
  runnable([
    ['btrfs', 'another root', { '@': '', '@old': 'old' }, 'subvol=@old', 'is another root'],
    ['btrfs', 'no root', { '@': '', '@home': 'home' }, 'subvol=/@home', 'contains no root'],
    ['btrfs', 'the same', { '@': '', '@old': 'old' }, 'subvol=@', undefined],
  ] as const),
)(
  'the default subvolume of a %s is the root, and the fstab in it names %s',
  async (filesystem, _what, subvolumes, named, reported) => {
    const cloud = cloudOf('api');
    const root: Part = {
      size: 128,
      filesystem,
      label: 'R',
      linux: true,
      subvolumes,
      defaultSubvolume: '@',
      files: {
        'etc/fstab': `LABEL=R / btrfs ${named} 0 0\n`,
        'old/etc/fstab': '',
        'old/usr/old': '',
        'home/there': '',
      },
    };
    const { snapshot, text } = await buildDisk(
      cloud,
      { table: 'gpt', parts: [root] },
      { run: 'echo work > /root/work\n' },
    );
    const notice = new RegExp(`::notice.*${reported ?? ''}, so the default subvolume is used, which boots`);
    if (reported === undefined) expect(text).not.toMatch(notice);
    else expect(text).toMatch(notice);
    await using disk = await attachSnapshot(cloud, snapshot);
    expect(await disk.read(1, '@/root/work', 'subvolid=5')).toBe('work\n');
  },
);

test.each([
  ['crypto_LUKS', /is encrypted \(LUKS\)/],
  ['LVM2_member', /belongs to a volume group \(LVM\)/],
] as const)('the error names a root on %s, even with a /boot that can be mounted', async (kind, message) => {
  const cloud = cloudOf('api');
  const boot: Part = { size: 32, filesystem: 'ext4', files: { 'grub/grub.cfg': '' } };
  const { text, code } = await tryDisk(
    cloud,
    { table: 'dos', parts: [boot, { size: 16, signature: kind }] },
    {},
    'a user with sudo',
  );
  expect(code).toBe(1);
  expect(text).toMatch(message);
});

test('mount_partition selects another partition, which must exist and be mountable', async () => {
  const cloud = cloudOf('api');
  const one: Part = { size: 48, filesystem: 'ext4', linux: true };
  const disk = { table: 'dos', parts: [one, one, { size: 8 }] } as const;
  const { snapshot } = await buildDisk(cloud, disk, {
    'mount-partition': '2',
    run: 'echo two > /root/work\n',
  });
  await using made = await attachSnapshot(cloud, snapshot);
  expect(await made.read(2, 'root/work')).toBe('two\n');
  expect(await made.read(1, 'root/work')).toBeUndefined();
  for (const [number, message] of [
    ['4', /the volume has no partition 4/],
    ['3', /cannot be mounted: it has no filesystem/],
    ['0', /cannot be mounted: it has a partition table \(dos\)/],
  ] as const) {
    const { code, text } = await tryDisk(cloud, disk, { 'mount-partition': number });
    expect(code).toBe(1);
    expect(text).toMatch(message);
  }
});

test('deleted files of a script use no space in the snapshot', async () => {
  const cloud = cloudOf('api');
  const { snapshot, text } = await buildDisk(
    cloud,
    { table: 'dos', parts: [{ size: 200, filesystem: 'ext4', linux: true }] },
    { 'grow-root': 'false', run: 'dd if=/dev/urandom of=/big bs=1M count=100\nsync\nrm /big\n' },
  );
  const saved = Number(/p1: (\d+) MiB of free space discarded/.exec(text)?.[1]);
  expect(saved).toBeGreaterThan(100);
  expect(saved).toBeLessThan(200);
  const { blocks } = statSync(join(cloud.folder, 'cloud/snapshots', `${snapshot}.raw`));
  expect(blocks * 512).toBeLessThan(60 * 2 ** 20);
});
