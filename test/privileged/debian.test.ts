/** @long It installs Debian. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { exec } from '../../src/host/exec/exec.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { debianDisk } from '../support/debian.js';
import { inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';

const cloud = useCloud();
let debian: string;
beforeAll(async () => {
  debian = await publishDisk(cloud.api, await debianDisk(), 'debian');
}, 300_000);

/** As a user of Debian does it. */
const installKernel = `
  apt-get -qq update
  apt-get -qq -y --no-install-recommends install linux-image-cloud-$(dpkg --print-architecture) grub-pc-bin grub2-common
  grub-install "/dev/$(lsblk -no pkname "$(findmnt -no source /)")"
  update-grub
`;

test('a kernel installed by apt boots with root=UUID=, and GRUB has no device name of the VM', async () => {
  const machine = inventory(cloud.folder);
  const job = step(cloud, {
    user: 'a user with sudo',
    inputs: { 'source-omi': debian, 'omi-name': 'with a kernel', run: installKernel },
  });
  successful(await job.main());
  expect(inventory(cloud.folder)).toEqual(machine);
  await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
  const { stdout } = await exec(['blkid', '-p', '-s', 'UUID', '-o', 'value', snapshot.device]);
  const config = await snapshot.read('/boot/grub/grub.cfg');
  const kernels = config.split('\n').filter((line) => /^\s*linux\s/.test(line));
  expect(kernels.length).toBeGreaterThan(0);
  for (const line of kernels) expect(line).toContain(` root=UUID=${stdout.trim()} `);
  expect(config).not.toMatch(/\/dev\/|\b(loop\d|(xvd|sd|vd)[a-z]|nvme\d)/);
  expect(await snapshot.isClean()).toBe(true);
}, 300_000);

/** What programs find that ask whether they run in a chroot, each in the way of that program. */
const asChroot = `
  apt-get -qq update
  apt-get -qq -y --no-install-recommends install systemd
  systemctl daemon-reload
  systemctl start systemd-resolved
  systemctl restart systemd-journald
  systemctl stop no-such-unit.service
  systemctl enable systemd-networkd
  systemd-detect-virt --chroot
  ischroot
  python3 -c 'import os; one, two = os.stat("/"), os.stat("/proc/1/root/."); assert (one.st_dev, one.st_ino) != (two.st_dev, two.st_ino)'
  unshare --user true
  test ! -d /run/systemd/system
`;

/** What scripts of Debian expect of their environment. */
const environment = `
  test "$DEBIAN_FRONTEND" = noninteractive
  test "$(cat /proc/sys/kernel/hostname)" = "$(cat /etc/hostname)"
  echo web-1 > /etc/hostname
  su -s /bin/sh nobody -c 'echo one of nobody > /dev/stdout; echo two of nobody >> /dev/stderr'
  printf '10 %%\\r20 %%\\r\\n'
`;

test('systemctl and the others find a chroot as below PID 1 of a VM, and scripts a Debian without a terminal', async () => {
  const run = `${asChroot}${environment}`;
  const job = step(cloud, { inputs: { 'source-omi': debian, 'omi-name': 'services', run } });
  const { text } = successful(await job.main());
  expect(text).toMatch(/^Running in chroot, ignoring (request|command).*daemon-reload/m);
  expect(text).not.toMatch(/has not been booted|Failed to/);
  expect(text.match(/^(one|two) of .*$/gm)).toEqual(['one of nobody', 'two of nobody']);
  expect(text.split('\n')).toContain('20 %');
  const own = step(cloud, {
    inputs: {
      'source-omi': job.outputs()['omi-id'] ?? '',
      'omi-name': 'own environment',
      run: 'echo "asked by $DEBIAN_FRONTEND on $(cat /proc/sys/kernel/hostname)"',
      env: 'DEBIAN_FRONTEND=teletype',
    },
  });
  expect(successful(await own.main()).text).toContain('asked by teletype on web-1');
}, 300_000);

test('builds at once use apt with one cache, the next one downloads nothing, and no image has its files', async () => {
  const shared = {
    'source-omi': debian,
    'state-dir': mkdtempSync(join(cloud.folder, 'state-')),
    cache: '/var/cache/apt/archives\n/var/lib/apt/lists\n/root/.cache',
    'cache-size': '512MiB',
    run: 'apt-get update && apt-get install --yes --no-install-recommends hello && hello',
  };
  const repository = { GITHUB_REPOSITORY: 'org/images' };
  const build = (name: string): Step =>
    step(cloud, { inputs: { ...shared, 'omi-name': name }, environment: repository });
  const both = await Promise.all([build('apt one').main(), build('apt two').main()]);
  for (const { text } of both.map(successful)) {
    expect(text).toMatch(/Need to get [\d.]+ kB of archives/);
    expect(text).toContain('Hello, world!');
  }
  const third = build('apt three');
  const { text } = successful(await third.main());
  expect(text).toMatch(/Need to get 0 B\/[\d.]+ kB of archives/);
  await using snapshot = await openSnapshot(cloud, third.outputs()['snapshot-id'] ?? '');
  expect(await snapshot.list('/var/cache/apt/archives')).not.toContainEqual(expect.stringMatching(/\.deb$/));
  expect(await snapshot.read('/var/lib/dpkg/info/hello.list')).toContain('/usr/bin/hello');
}, 180_000);
