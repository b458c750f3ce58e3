import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { attachSnapshot } from '../support/attached-snapshot.js';
import { useCloud } from '../support/cloud.js';
import { makeDisk, type Part, smallest } from '../support/disk-images.js';
import { inventory } from '../support/inventory.js';
import { type Ran, successful } from '../support/process.js';

const cloud = useCloud();
let count = 0;

/** Builds from scratch on a volume of 1 GiB, and requires that nothing is left on this machine. */
async function build(
  commands: readonly string[],
  inputs: Readonly<Record<string, string>> = {},
): Promise<Ran & { snapshot: string }> {
  count += 1;
  const job = step(cloud, {
    inputs: {
      'source-omi': '',
      'from-scratch': 'true',
      'root-volume-size': '1',
      'root-device-name': '/dev/sda1',
      'omi-block-device-mappings': '[{device_name: /dev/sda1}]',
      'omi-name': `written ${count}`,
      'pre-mount-commands': JSON.stringify(commands),
      ...inputs,
    },
  });
  const machine = inventory(cloud.folder);
  const ran = await job.main();
  expect(inventory(cloud.folder)).toEqual(machine);
  return { ...ran, snapshot: job.outputs()['snapshot-id'] ?? '' };
}

/** Writes an image file to the volume, as `qemu-img convert` does. */
async function written(table: 'dos' | 'gpt' | undefined, parts: readonly Part[]): Promise<string> {
  const file = join(cloud.folder, `image-${count}.raw`);
  await makeDisk(file, table, parts);
  return `dd if=${file} of={{.Device}} bs=1M conv=sparse,notrunc status=none`;
}

const biosBoot: Part = { size: 1, type: '21686148-6449-6E6F-744E-656564454649' };
const efi: Part = {
  size: 40,
  type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  filesystem: 'vfat',
  label: 'EFI',
};
const boot: Part = { size: 32, filesystem: 'ext4', label: 'BOOT', files: { 'grub/grub.cfg': 'old\n' } };
const fstab = { 'etc/fstab': 'LABEL=BOOT /boot auto defaults 0 2\n' };
const root = (filesystem: 'ext4' | 'xfs'): Part => ({
  size: smallest[filesystem],
  filesystem,
  linux: true,
  files: fstab,
});

const images = [
  {
    name: 'Ubuntu 24.04, partitions 1, 14, 15, 16',
    table: 'gpt',
    parts: [
      { ...biosBoot, number: 14 },
      { ...efi, number: 15 },
      { ...boot, number: 16 },
      { ...root('ext4'), number: 1 },
    ],
    numbers: [1, 16],
  },
  {
    name: 'AlmaLinux 9: BIOS, ESP, /boot, root',
    table: 'gpt',
    parts: [biosBoot, efi, boot, root('xfs')],
    numbers: [4, 3],
  },
  { name: 'MBR: /boot, root', table: 'dos', parts: [boot, root('ext4')], numbers: [2, 1] },
] as const;

test.each(images)(
  'an image that a command writes is treated as a source: $name',
  async ({ table, parts, numbers: [rootNumber, bootNumber] }) => {
    const run =
      'cat /etc/resolv.conf; df -k / > /root/df; cat /boot/grub/grub.cfg; echo new > /boot/kernel\n';
    const { snapshot, text, code } = await build([await written(table, parts)], { run });
    expect([code, text]).toEqual([0, expect.stringMatching(/^old$/m)]);
    expect(text).toMatch(new RegExp(`loop\\d+p${rootNumber} \\(\\w+\\) is the root`));
    expect(text).toMatch(new RegExp(`Grew loop\\d+p${rootNumber} to the end of the volume`));
    for (const line of readFileSync('/etc/resolv.conf', 'utf8').split('\n')) expect(text).toContain(line);
    await using disk = await attachSnapshot(cloud, snapshot);
    expect(await disk.read(bootNumber, 'kernel')).toBe('new\n');
    expect(await disk.read(rootNumber, 'boot/kernel')).toBeUndefined();
    expect(await disk.read(rootNumber, 'etc/resolv.conf')).toBeUndefined();
    expect(await disk.size(rootNumber)).toBeGreaterThan(0.7 * 2 ** 30);
  },
);

const twoFilesystems = [
  "printf 'label: gpt\\nsize=100M\\n,,4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709\\n' | sfdisk -q {{.Device}}",
  'mke2fs -q -t ext4 {{.Device}}1',
  'mke2fs -q -t ext4 {{.Device}}2',
];
/** Leaves the filesystem mounted. */
const fill = (number: number | '', ...folders: string[]): string =>
  `mount {{.Device}}${number} /media && cd /media && mkdir ${folders.join(' ')}`;

test('a root that a command left mounted is found, and not grown', async () => {
  const { text, code } = await build(['mke2fs -q -t ext4 {{.Device}} 100M', fill('', 'etc', 'usr')]);
  expect([code, text]).toEqual([
    0,
    expect.stringMatching(/::notice.*grow_root: loop\d+ does not fill the volume: loop\d+ is mounted/),
  ]);
});

test.each([
  ['empty filesystems: the GPT root type', [], /p2 \(ext4\) is the root: GPT root type/],
  ['content, but no root: the GPT root type', [fill(1, 'grub')], /p2 \(ext4\) is the root: GPT root type/],
  ['a root elsewhere', [fill(1, 'etc', 'usr')], /p1 \(ext4\) is the root: the first partition/],
])('from scratch with two filesystems, %s', async (_what, commands, expected) => {
  const { text, code } = await build([...twoFilesystems, ...commands]);
  expect([code, text]).toEqual([0, expect.stringMatching(expected)]);
});

test('content, no root and no root type: the error lists the partitions', async () => {
  const [table = '', ...rest] = twoFilesystems;
  const { text, code } = await build([table.replace(/,,4F[^\\]*/, ',,'), ...rest, fill(1, 'grub')]);
  expect([code, text]).toEqual([
    1,
    expect.stringMatching(/no partition of the volume has a root filesystem/),
  ]);
});

test('an empty filesystem gets no file of the VM, and is not grown', async () => {
  const ran = await build(['mke2fs -q -t ext4 {{.Device}} 100M']);
  successful(ran);
  await using disk = await attachSnapshot(cloud, ran.snapshot);
  expect(await disk.size(0)).toBeLessThan(100 * 2 ** 20);
  expect(ran.text).not.toMatch(/grow_root|Grew/);
});
