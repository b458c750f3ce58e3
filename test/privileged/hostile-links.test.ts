/** @long It makes an image for each attack. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultMounts } from '../../src/config/types/mounts.js';
import { mountChroot } from '../../src/host/chroot/chroot-mounts.js';
import { forbidDevices } from '../../src/host/chroot/devices.js';
import { type InjectedFile, inject } from '../../src/host/image/inject.js';
import { installFile } from '../../src/host/image/install.js';
import { restore } from '../../src/host/image/restore.js';
import { mountsIn } from '../../src/host/proc/mountinfo.js';
import { makeCanary } from '../support/canary.js';
import { type TestDisk, testDisk, testSandbox } from '../support/test-disk.js';

/** Every operation of a build on paths of an image, each through a link of the image. */
async function work(disk: TestDisk): Promise<void> {
  await using on = await testSandbox(disk);
  const mounted = mountsIn(on.sandbox.pid).findLast(({ target }) => target === on.mountPath)?.source ?? '';
  const visible = { disk: basename(mounted), alias: 'xvdb', partitions: [] };
  {
    await using mounter = on.sandbox.mounter(on.signal);
    await forbidDevices(on, mounter);
    await mountChroot({ ...on, disk: visible }, mounter, defaultMounts);
  }
  const injectedFiles: InjectedFile[] = [];
  for (const path of ['/etc/resolv.conf', '/usr/sbin/policy-rc.d', '/etc/deep/down/file']) {
    injectedFiles.push(await inject(on, { path, content: Buffer.from('lent\n'), mode: 0o644 }));
  }
  const tree = await on.enter();
  const source = join(disk.folder, 'mine');
  for (const destination of ['/etc/motd', '/opt/app/', '/tmp/file', '/usr/bin/tool']) {
    await installFile(tree, { source, destination });
  }
  tree.create('/run/script', '#!/bin/sh\necho ran\n', { uid: 0, gid: 0, mode: 0o700 });
  const ended = await on.run('/run/script');
  expect(ended).toMatchObject({ code: 0, lines: ['ran'] });
  await on.sandbox.killAll(on.signal);
  for (const injected of injectedFiles.toReversed()) await restore(tree, injected, () => {});
}

const up = '../../../../../../../..';
const fine = undefined;

/** The preparation of the image ($V: the directory of the VM that it targets), and the expected outcome. */
const images: readonly (readonly [string, string, RegExp | undefined])[] = [
  ...['etc', 'usr', 'usr/sbin', 'opt', 'usr/bin', 'root', 'var'].flatMap((folder) => [
    [`/${folder} is an absolute link`, `rm -rf ${folder}; mkdir -p usr; ln -s $V ${folder}`, fine] as const,
    [
      `/${folder} is a link that climbs out`,
      `rm -rf ${folder}; mkdir -p usr; ln -s ${up}$V ${folder}`,
      fine,
    ] as const,
  ]),
  ...['proc', 'sys', 'dev', 'run'].flatMap((folder) => [
    [`/${folder} is an absolute link`, `rm -rf ${folder}; ln -s $V/${folder} ${folder}`, fine] as const,
    [
      `/${folder} is a link that climbs out`,
      `rm -rf ${folder}; ln -s ${up}$V/${folder} ${folder}`,
      fine,
    ] as const,
    [
      `/${folder} is a circle`,
      `rm -rf ${folder}; ln -s ${folder} ${folder}`,
      /too many levels of symbolic links in the image/,
    ] as const,
    [
      `/${folder} is a file`,
      `rm -rf ${folder}; echo x > ${folder}`,
      /\/\w+ is not a directory in the image/,
    ] as const,
    [
      `/${folder} is a FIFO`,
      `rm -rf ${folder}; mkfifo ${folder}`,
      /\/\w+ is not a directory in the image/,
    ] as const,
  ]),
  // Its target is in /tmp itself.
  ['/tmp is an absolute link', 'rm -rf tmp; ln -s $V tmp', /too many levels of symbolic links in the image/],
  [
    '/tmp is a link that climbs out',
    `rm -rf tmp; ln -s ${up}$V tmp`,
    /too many levels of symbolic links in the image/,
  ],
  ['/dev/pts is a link', 'ln -s $V dev/pts', fine],
  [
    '/etc is a circle of two',
    'rm -rf etc; ln -s tmp etc; rm -rf tmp; ln -s etc tmp',
    /too many levels of symbolic links in the image/,
  ],
  ['/etc is a file', 'rm -rf etc; echo x > etc', /not a directory in the image/],
  ['/etc/resolv.conf is an absolute link', 'ln -sf $V/file etc/resolv.conf', fine],
  ['/etc/resolv.conf is a link that climbs out', `ln -sf ${up}$V/file etc/resolv.conf`, fine],
  ['/etc/resolv.conf is a block device', 'rm etc/resolv.conf; mknod etc/resolv.conf b 7 0', fine],
  ['/etc/resolv.conf is a FIFO', 'rm etc/resolv.conf; mkfifo etc/resolv.conf', fine],
  ['/etc/motd is an absolute link', 'ln -s $V/file etc/motd', fine],
  ['/etc/motd is a FIFO', 'mkfifo etc/motd', fine],
  ['/etc/motd is a block device', 'mknod etc/motd b 7 0', fine],
  ['/etc/motd is a character device', 'mknod etc/motd c 1 1', fine],
  [
    '/etc/motd is a socket',
    `perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "etc/motd", Listen => 1) or die'`,
    fine,
  ],
  ['/etc/motd is a hard link', 'echo x > usr/hard; ln usr/hard etc/motd', fine],
  ['/etc/deep climbs out', `ln -s ${up}$V etc/deep`, fine],
  ['/opt/app is a link', 'mkdir -p opt; ln -s $V opt/app', fine],
  ['/opt/app/mine is a link', 'mkdir -p opt/app; ln -s $V/file opt/app/mine', fine],
  ['/usr/sbin/policy-rc.d is a link', 'mkdir -p usr/sbin; ln -s $V/file usr/sbin/policy-rc.d', fine],
  ['there is no /bin/sh', 'rm bin/sh', /code|No such file/],
  [
    '/bin/sh is for another machine',
    `rm bin/sh; printf '\\177ELF\\002\\001\\001\\0\\0\\0\\0\\0\\0\\0\\0\\0\\002\\0\\363\\0' > bin/sh; chmod 755 bin/sh`,
    /code|Exec format/,
  ],
  ['/bin/sh is a link to the VM', 'ln -sf $V/file bin/sh', /code|No such file/],
  ['/bin is a link to the VM', 'rm -rf bin; ln -s $V bin', /code|No such file/],
];

test('the number of cases is sufficient', () => {
  expect(images.length).toBeGreaterThanOrEqual(30);
});

test.each(images)('%s: no file of the VM changes', async (_what, prepare, expected) => {
  using disk = await testDisk();
  const canary = makeCanary(disk.folder);
  writeFileSync(join(disk.folder, 'mine'), 'mine\n');
  await disk.change(prepare.replaceAll('$V', canary.path));
  const before = await canary.inspect();
  if (expected === undefined) await work(disk);
  else await expect(work(disk)).rejects.toThrow(expected);
  expect(await canary.inspect()).toBe(before);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(disk.folder);
});
