import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { attachSnapshot } from '../support/attached-snapshot.js';
import { useCloud } from '../support/cloud.js';
import { type Ran, successful } from '../support/process.js';

const cloud = useCloud();
let count = 0;

async function build(mounts: string, run: string, files?: string): Promise<Ran & { snapshot: string }> {
  count += 1;
  const job = step(cloud, {
    inputs: {
      'omi-name': `mounts ${count}`,
      'chroot-mounts': mounts,
      ...(files === undefined ? {} : { 'copy-files': files }),
      run,
    },
  });
  const ran = await job.main();
  return { ...ran, snapshot: job.outputs()['snapshot-id'] ?? '' };
}

/** A directory of the VM in the place of one of its own, such as /run. */
function vmFolder(): string {
  const folder = join(cloud.folder, `vm-${count}`);
  mkdirSync(join(folder, 'systemd/resolve'), { recursive: true });
  writeFileSync(join(folder, 'marker'), 'vm\n');
  return folder;
}

const all = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String).toSorted();
const resolver = readFileSync('/etc/resolv.conf', 'utf8').trim().split('\n').at(-1) ?? '';

test.each([
  ['/run', '/run'],
  ['/run/systemd', '/run/systemd'],
  ['/run/systemd/resolve', '/run/systemd/resolve'],
  ['/etc', '/etc'],
])('a bind of a directory of the VM at %s receives no file of build-omi', async (_what, target) => {
  const folder = vmFolder();
  const before = all(folder);
  for (const run of ['cat /etc/resolv.conf || true\n', 'echo again\n']) {
    const { text, code, snapshot } = await build(
      `[[proc, proc, /proc], [bind, /dev, /dev], [bind, ${folder}, ${target}]]`,
      run,
    );
    expect([code, text]).toEqual([0, expect.anything()]);
    if (target !== '/etc' && run.startsWith('cat')) expect(text).toContain(resolver);
    expect(all(folder)).toEqual(before);
    await using disk = await attachSnapshot(cloud, snapshot);
    expect(disk.notQuiesced(1)).toBeUndefined();
  }
});

test('a bind of a file creates a file, which is removed afterwards', async () => {
  const file = join(cloud.folder, 'single');
  writeFileSync(file, 'single\n');
  const ran = await build(`[[bind, ${file}, /opt/new/single]]`, 'cat /opt/new/single; ls -d /opt/new\n');
  successful(ran);
  expect(ran.text).toMatch(/^single$/m);
  await using disk = await attachSnapshot(cloud, ran.snapshot);
  expect(await disk.read(1, 'opt/new/single')).toBeUndefined();
});

test.each([
  ['the default copy_files', undefined],
  ['copy_files', '[/etc/resolv.conf]'],
])('a mount at /etc/resolv.conf wins over %s', async (_what, files) => {
  const file = join(cloud.folder, 'resolv.conf');
  writeFileSync(file, 'nameserver 192.0.2.77\n');
  const ran = await build(`[[bind, ${file}, /etc/resolv.conf]]`, 'cat /etc/resolv.conf; ls -A /etc\n', files);
  successful(ran);
  expect(ran.text).toMatch(/^nameserver 192\.0\.2\.77$/m);
  expect(ran.text).toMatch(/::notice.*\/etc\/resolv\.conf is on a mount of chroot_mounts/);
  expect(ran.text).not.toMatch(/^\.resolv\.conf/m);
  expect(readFileSync(file, 'utf8')).toBe('nameserver 192.0.2.77\n');
});

test('a mount point that is missing on a mount of the VM is an error, and nothing is created there', async () => {
  const folder = vmFolder();
  const before = all(folder);
  const { code, text } = await build(
    `[[bind, ${folder}, /run], [tmpfs, tmpfs, /run/missing/place]]`,
    'true\n',
  );
  expect([code, text]).toEqual([
    1,
    expect.stringMatching(/chroot_mounts: \/run\/missing\/place does not exist on the mount above it/),
  ]);
  expect(all(folder)).toEqual(before);
  rmSync(folder, { recursive: true });
});
