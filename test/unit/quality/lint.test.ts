import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { type LintRule, lintRules } from '../../../src/config/types/lint-rules.js';
import { findInCompressed } from '../../../src/quality/lint/find-in-compressed.js';
import { type Findings, lint } from '../../../src/quality/lint/lint.js';
import { loaderOf } from '../../../src/quality/lint/loader.js';
import type { LintedImage } from '../../../src/quality/lint/types.js';
import { imageOf, type TestImage } from './image.js';
import { cases, type LintCase, root } from './lint-cases.js';

const check = async (image: TestImage, only?: LintRule, more: Partial<LintedImage> = {}): Promise<Findings> =>
  await lint(
    {
      tree: image.tree,
      partitions: [root],
      loader: loaderOf(image.tree),
      resolver: Buffer.from('nameserver 192.0.2.1\n'),
      knownInitramfs: {},
      signal: AbortSignal.timeout(60_000),
      ...more,
    },
    lintRules.filter((rule) => only !== undefined && rule !== only),
  );

const listed = Object.entries(cases).flatMap(([name, one]) => {
  const rule = lintRules.find((known) => known === name);
  return rule === undefined ? [] : [[rule, one] as const];
});

test.each(listed)('%s fires on an image that breaks it, and not on another', async (rule, one: LintCase) => {
  using bad = imageOf(one.bad);
  one.badToo?.(bad);
  const { findings, unchecked } = await check(bad, rule);
  expect(unchecked).toEqual([]);
  expect(findings.map(({ file, problem }) => `${file} ${problem}`)).toEqual(one.finds);
  using good = imageOf(one.good);
  one.goodToo?.(good);
  expect(await check(good, rule)).toEqual({ findings: [], unchecked: [] });
});

test('every rule but those on the size of the filesystem has such a case, and every rule is in the reference', () => {
  const others = lintRules.filter((rule) => cases[rule] === undefined);
  expect(others).toEqual(['free-space', 'free-inodes']);
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/reference/lint.md'), 'utf8');
  const headings = [...page.matchAll(/^### (\S+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(lintRules);
});

test.each([
  ['free-space', 'size=1m', 'dd if=/dev/zero of=fill bs=1k count=1000 status=none', 'of the space is free'],
  ['free-inodes', 'size=1m,nr_inodes=21', 'touch $(seq 20)', 'of the inodes are free'],
] as const)(
  '%s fires on a full filesystem, and not on an empty one',
  async (rule, options, fill, problem) => {
    using image = imageOf();
    const at = image.at('/');
    execFileSync('sh', ['-c', 'mount -t tmpfs -o "$1" build-omi-test "$2"', 'sh', options, at]);
    try {
      expect((await check(image, rule)).findings).toEqual([]);
      execFileSync('sh', ['-ec', fill], { cwd: at });
      const { findings } = await check(image, rule);
      expect(findings).toMatchObject([{ rule, file: '/', problem: expect.stringContaining(problem) }]);
    } finally {
      execFileSync('sh', ['-c', 'umount "$1"', 'sh', at]);
    }
  },
);

test('an entry with root=UUID= and without an initramfs cannot boot', async () => {
  using image = imageOf({
    '/boot/vmlinuz-6.1': '',
    '/boot/grub/grub.cfg': 'linux /boot/vmlinuz-6.1 root=UUID=aaaa-1 ro\n',
  });
  expect((await check(image, 'boot-initramfs')).findings).toMatchObject([
    { problem: 'boots /boot/vmlinuz-6.1 without an initramfs, so the kernel cannot find root=UUID=' },
  ]);
});

test('the configuration of the boot loader is read once', () => {
  using image = imageOf({ '/boot/grub/grub.cfg': 'linux /boot/vmlinuz-6.1 ro\n' });
  const loader = loaderOf(image.tree);
  expect(loader().entries).toMatchObject([{ kernel: '/boot/vmlinuz-6.1', options: ['ro'] }]);
  image.tree.remove('/boot/grub/grub.cfg');
  expect(loader().files).toEqual(['/boot/grub/grub.cfg']);
  expect(loaderOf(image.tree)().files).toEqual([]);
});

test('an initramfs that the source had is not unpacked', async () => {
  using image = imageOf({ ...cases['initramfs-drivers']?.bad });
  const stat = image.tree.stat('/boot/initrd.img-6.1');
  const knownInitramfs = { '/boot/initrd.img-6.1': `${stat?.size} ${stat?.mtimeMs}` };
  expect((await check(image, 'initramfs-drivers', { knownInitramfs })).findings).toEqual([]);
});

/** Every file that a rule reads, by the cases, in an image where the rule gets as far as that file. */
const files = Object.values(cases).flatMap(({ bad, good }) =>
  [bad, good].flatMap((image) => Object.keys(image).map((path) => ({ image, path }))),
);

test.each([
  ['a cyclic symbolic link', (image: TestImage, path: string) => symlinkSync(path, image.at(path))],
  ['a FIFO', (image: TestImage, path: string) => execFileSync('mkfifo', [image.at(path)])],
  [
    'a file of 1 GB',
    (image: TestImage, path: string) => {
      image.write(path, '');
      truncateSync(image.at(path), 1e9);
    },
  ],
  [
    'a link to a file of the VM',
    (image: TestImage, path: string) => symlinkSync('/etc/shadow', image.at(path)),
  ],
  ['a directory', (image: TestImage, path: string) => mkdirSync(image.at(path))],
] as const)(
  '%s in place of any file that lint reads ends in findings or unchecked rules',
  async (_, make) => {
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/etc/ssh/sshd_config', '/etc/shadow', '/boot/grub/grub.cfg', '/etc/fstab']),
    );
    const start = performance.now();
    const memory = process.memoryUsage().rss;
    for (const { image: content, path } of files) {
      using image = imageOf(content);
      rmSync(image.at(path), { recursive: true, force: true });
      make(image, path);
      await check(image);
    }
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(process.memoryUsage().rss - memory).toBeLessThan(400 * 2 ** 20);
  },
);

test('an sshd_config that includes itself ends', async () => {
  using image = imageOf({
    '/usr/sbin/sshd': '',
    '/etc/ssh/sshd_config': 'Include sshd_config sshd_config\nPasswordAuthentication no\n',
  });
  expect(await check(image, 'ssh-password-login')).toEqual({ findings: [], unchecked: [] });
});

test.each([
  ['gzip', (content: Buffer) => gzipSync(content)],
  ['xz', (content: Buffer) => execFileSync('sh', ['-c', 'xz -c'], { input: content })],
  ['no compression', (content: Buffer) => content],
] as const)('an initramfs with microcode before it is searched with %s', async (_, compress) => {
  const archive = (name: string): Buffer => execFileSync('perl', ['-e', newArchive, name]);
  const content = Buffer.concat([
    archive('kernel/x86/microcode/a.bin'),
    compress(archive('lib/virtio_blk.ko.xz')),
  ]);
  const wanted = ['/virtio_blk.ko', '/virtio_pci.ko'];
  expect([...(await findInCompressed(content, wanted, AbortSignal.timeout(60_000)))]).toEqual([
    '/virtio_blk.ko',
  ]);
});

/** Prints an archive of cpio's format newc with an empty file. */
const newArchive = `
  for my $name ($ARGV[0], 'TRAILER!!!') {
    my $entry = sprintf('070701' . '%08X' x 13, (0) x 11, length($name) + 1, 0) . "$name\\0";
    print $entry, "\\0" x (-length($entry) % 4);
  }
  print "\\0" x 512;`;

test('an initramfs that unpacks to more than the limit is an error', async () => {
  const bomb = gzipSync(Buffer.alloc(2 ** 24));
  const limits = { bytes: 2 ** 20, ms: 10_000 };
  await expect(findInCompressed(bomb, ['x'], AbortSignal.timeout(60_000), limits)).rejects.toThrow(
    'the unpacked initramfs is larger than 1048576 bytes',
  );
});
