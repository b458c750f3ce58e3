import { expect, test } from '@jest/globals';
import { fstabMountsOf, parseFstab, rootSubvolume } from '../../../../src/host/chroot/fstab.js';
import type { Partition } from '../../../../src/host/disk/partitions.js';

const part = (number: number, more: Partial<Partial<Partition>> = {}): Partition => ({
  number,
  name: `vdb${number}`,
  start: number * 2 ** 20,
  size: 2 ** 20,
  filesystem: 'ext4',
  uuid: `AAAA-000${number}`,
  label: `label ${number}`,
  type: undefined,
  partUuid: `cafe-0${number}`,
  partLabel: `part${number}`,
  ...more,
});
const root = part(3);
const disk = [part(1, { filesystem: 'vfat' }), part(2), root, part(4, { filesystem: undefined })];
const sort = (text: string): ReturnType<typeof fstabMountsOf> => fstabMountsOf(parseFstab(text), disk, root);

test.each([
  ['UUID=aaaa-0002'],
  ['UUID="AAAA-0002"'],
  ['LABEL=label\\0402'],
  ['PARTUUID=CAFE-02'],
  ['PARTLABEL=part2'],
  ['/dev/disk/by-uuid/AAAA-0002'],
  ['/dev/disk/by-label/label\\x202'],
  ['/dev/disk/by-partuuid/cafe-02'],
  ['/dev/sda2'],
  ['/dev/vda2'],
  ['/dev/xvda2'],
  ['/dev/nvme0n1p2'],
])('%s is partition 2 of the disk', (source) => {
  expect(sort(`${source} /boot ext4 defaults 0 2`).mounts.map(({ partition }) => partition.number)).toEqual([
    2,
  ]);
});

test('accepts the device names of the disk of / as names of the volume', () => {
  const { mounts } = sort('/dev/sdq3 / ext4\n/dev/sdq2 /boot ext4\n');
  expect(mounts.map(({ partition, target }) => [partition.number, target])).toEqual([[2, '/boot']]);
});

test.each([
  ['UUID=0000 /data ext4', /data is not on the volume/],
  ['/dev/vdc1 /data ext4', /data is not on the volume/],
  ['/dev/mapper/vg-var /var ext4', /var is not on the volume/],
  ['server:/export /net nfs', /net is on a network filesystem/],
  ['//server/share /net cifs', /net is on a network filesystem/],
  ['UUID=AAAA-0002 /net ext4 _netdev', /net is on a network filesystem/],
  ['/srv /mnt none bind', /mnt is a bind mount/],
  ['UUID=AAAA-0002 /boot ext4 noauto', /boot is on vdb2, but is not mounted automatically \(noauto\)/],
  ['/srv/x.img /boot ext4 loop', /boot is mounted from a file \(\/srv\/x.img\)/],
  ['UUID=AAAA-0002 boot ext4', /boot is not an absolute path/],
  ['UUID=AAAA-0002 /nope/../../../../etc ext4', /\/nope\/\.\.\S*etc contains `\.\.`/],
  ['UUID=AAAA-0002 /nope/\\056\\056/\\056./etc ext4', /etc contains `\.\.`/],
  ['/dev/sda4 /data ext4', /data is on vdb4, which has no filesystem/],
])('skips %s with a message', (line, why) => {
  expect(sort(line)).toEqual({ mounts: [], skipped: [expect.stringMatching(why)] });
});

test.each([
  ['# UUID=AAAA-0002 /boot ext4'],
  ['UUID=AAAA-0000 /boot ext4 noauto'],
  ['/dev/cdrom /media/cdrom iso9660 user,noauto'],
  ['UUID=AAAA-0002 /boot/../. ext4'],
  ['UUID=AAAA-0002 none swap sw'],
  ['proc /proc proc'],
  ['tmpfs /tmp tmpfs'],
  ['UUID=AAAA-0003 / ext4'],
  [''],
])('ignores %s without a message', (line) => {
  expect(sort(line)).toEqual({ mounts: [], skipped: [] });
});

test('mounts an automount entry, and decodes escapes as bytes', () => {
  const { mounts } = sort('UUID=AAAA-0002 /b\\303\\266\\040x ext4 noauto,x-systemd.automount');
  expect(mounts.map(({ target }) => target)).toEqual(['/bö x']);
});

test('orders parents first, and keeps only options that change which files are visible', () => {
  const { mounts } = sort(
    'LABEL=x /boot/efi/none ext4\nUUID=AAAA-0001 /boot/efi vfat ro,umask=0077,nofail,X-mount.mkdir\nUUID=AAAA-0002 /boot ext4 noexec',
  );
  expect(mounts.map(({ target, options, optional }) => [target, options, optional])).toEqual([
    ['/boot', [], false],
    ['/boot/efi', ['umask=0077'], true],
  ]);
});

test.each([
  ['errors=panic'],
  ['fatal_errors=panic'],
  ['errors=continue,uid=0'],
  ['dev,suid,exec,loop,bind=x'],
  ['X-mount.mkdir'],
  ['journal_path=/dev/sda'],
])('drops the option %s of an image', (options) => {
  const [mount] = sort(`UUID=AAAA-0002 /boot ext4 ${options}`).mounts;
  expect(mount?.options).toEqual(options.includes('uid=') ? ['uid=0'] : []);
});

test('reads the subvolume of / from the fstab', () => {
  expect(rootSubvolume(parseFstab('UUID=1 / btrfs noatime,subvol=@,compress=zstd 0 0'))).toBe('subvol=@');
  expect(rootSubvolume(parseFstab('UUID=1 / ext4 defaults 0 1'))).toBeUndefined();
});
