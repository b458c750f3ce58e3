import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { makeSourceDisk } from '../../src/demo/source-disk.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import type { Ran } from '../support/process.js';
import { successful } from '../support/process.js';

const cloud = useCloud();
const inputs = { 'omi-name': 'failing image', tags: 'a=b', run: 'echo working\n' };

beforeAll(async () => {
  successful(await step(cloud, { inputs: { ...inputs, 'omi-name': 'going well' } }).main());
});

/** Runs a build that must fail, and requires one error and no remaining resources. */
async function onFailure(job: Step, message: RegExp, code = 1): Promise<Ran> {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const main = await job.main();
  expect(main.code).toBe(code);
  const errors = main.lines.filter(({ line }) => line.startsWith('::error'));
  expect(errors).toHaveLength(1);
  expect(errors[0]?.line).toMatch(message);
  expect(main.text).not.toContain('    at ');
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
  expect(job.outputs()).not.toMatchObject({ 'omi-id': expect.stringMatching(/./) });
  return main;
}

test('a volume that cannot be detached fails the build, and post detaches and deletes it', async () => {
  await expectNoLeftovers(cloud, async () => {
    cloud.fail([{ operation: 'UnlinkVolume', fault: 'refuse', times: 1 }]);
    const job = step(cloud, { inputs });
    const main = await job.main();
    expect(main.code).toBe(1);
    expect(main.text).toMatch(/::error.*UnlinkVolume/);
    cloud.fail([]);
    successful(await job.post());
    return [];
  });
});

test('a volume that cannot be deleted after the OMI is registered gives a warning, and post deletes it', async () => {
  const before = await cloud.resources();
  cloud.fail([{ operation: 'DeleteVolume', fault: 'refuse', times: 1 }]);
  const job = step(cloud, { inputs: { ...inputs, 'omi-name': 'kept' } });
  const main = successful(await job.main());
  expect(main.text).toMatch(/::warning::Delete volume vol-.*DeleteVolume/);
  const { 'omi-id': image = '', 'snapshot-id': snapshot = '' } = job.outputs();
  cloud.fail([]);
  expect(await cloud.resources()).toHaveLength(before.length + 3);
  successful(await job.post());
  expect(await cloud.resources()).toEqual([...before, image, snapshot].sort());
});

test.each([
  [
    'a script that fails',
    { run: 'for i in $(seq 1 30); do echo line $i; done\nexit 3\n' },
    /run exited with 3%0A {2}line 11%0A.*line 30%0AIt ran with sh -e, [^%]+%0ATo look inside next time: on-failure: keep$/m,
  ],
  ['a script that is killed', { run: 'kill -9 $$\n' }, /run was killed by SIGKILL/],
  [
    'a script whose program is not there',
    { run: '#!/bin/no-such-shell\n' },
    /the script run cannot start: the image does not have \/bin\/no-such-shell/,
  ],
  ['a files entry that does not exist', { files: 'missing:/etc/missing' }, /missing does not exist/, 2],
  ['an owner the image does not know', { files: 'there:/etc/there:0644:nobody-here' }, /nobody-here/],
  ['a filesystem the kernel does not have', { 'chroot-mounts': '[[nosuchfs, none, /mnt]]' }, /nosuchfs/],
  [
    'a mount option the kernel does not know',
    { 'mount-options': 'no-such-option' },
    /the root loop\d+p1 cannot be mounted with mount_options no-such-option: `nsenter [^`]+` exited with 32: mount: \/mnt\/build-omi\/\w+\/root: [a-z][^%]+%0A {2}mount: /,
  ],
  [
    'a chroot mount whose source is not there',
    { 'chroot-mounts': '[[bind, /no/such/folder, /mnt]]' },
    /chroot_mounts: \/no\/such\/folder does not exist on this VM/,
  ],
  ['a mount path that is not empty', { 'mount-path': '/etc' }, /mount_path: \/etc is not empty/],
  [
    'a mount path that is a mount point',
    { 'mount-path': '/proc' },
    /mount_path: \/proc is already a mount point/,
  ],
  [
    'a template that names what is not there',
    { 'mount-path': '/mnt/{{.Nothing}}' },
    /mount-path.*\.Nothing.*\.Device/,
    2,
  ],
  [
    'a source that does not exist',
    { 'source-omi': 'ami-00000000' },
    /source_omi: OMI ami-00000000 does not exist, or this account may not use it/,
  ],
  ['a name that is taken', { 'omi-name': 'going well' }, /omi_name: .*going well/],
  [
    'a region that is not the VM’s',
    { region: 'us-east-2' },
    /region: us-east-2 is not the region of this VM/,
  ],
] as [string, Record<string, string>, RegExp, ...2[]][])(
  '%s: the build reports one error and leaves no resources',
  async (_what, more, message, ...code) => {
    const job = step(cloud, { inputs: { ...inputs, ...more } });
    writeFileSync(join(job.workspace, 'there'), '');
    await onFailure(job, message, ...code);
  },
);

test('the error for a source without a filesystem lists what the disk contains', async () => {
  writeFileSync(join(cloud.folder, 'empty.img'), Buffer.alloc(1024 * 1024));
  const source = await publishDisk(cloud.api, join(cloud.folder, 'empty.img'), 'empty');
  await onFailure(
    step(cloud, { inputs: { ...inputs, 'source-omi': source } }),
    /no partition of the volume has a filesystem/,
  );
});

test('the build uses a filesystem on the whole disk as root, even with a boot sector signature', async () => {
  const work = mkdtempSync(join(cloud.folder, 'whole-'));
  const path = join(work, 'whole.img');
  await makeSourceDisk(path, work);
  const disk = readFileSync(path).subarray(2 ** 20);
  disk.writeUInt16LE(0xaa55, 510);
  writeFileSync(path, disk);
  const source = await publishDisk(cloud.api, path, 'whole disk');
  const job = step(cloud, { inputs: { ...inputs, 'omi-name': 'from a whole disk', 'source-omi': source } });
  successful(await job.main());
});

test('the build resolves a symbolic link in mount_path once, and mounts the image at its target', async () => {
  const location = mkdtempSync(join(cloud.folder, 'place-'));
  symlinkSync(location, join(cloud.folder, 'link'));
  const job = step(cloud, {
    inputs: { ...inputs, 'omi-name': 'linked', 'mount-path': join(cloud.folder, 'link/root') },
  });
  successful(await job.main());
  expect(readdirSync(location)).toEqual([]);
});

test('the build does not adopt an OMI of the same name that another client registers meanwhile', async () => {
  await expectNoLeftovers(cloud, async () => {
    const job = step(cloud, {
      inputs: { ...inputs, 'omi-name': 'contested', run: 'echo started\nsleep 2\n' },
    });
    const main = job.start();
    await main.waitForLine(/^started$/);
    const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [cloud.source] } });
    const { BlockDeviceMappings } = Images?.[0] ?? {};
    const theirs = await cloud.api.call('CreateImage', {
      ImageName: 'contested',
      RootDeviceName: '/dev/sda1',
      BlockDeviceMappings: BlockDeviceMappings ?? [],
    });
    const before = await cloud.resources();
    cloud.fail([{ operation: 'CreateImage', fault: 'drop-before', times: 1 }]);
    const ended = await main.ended;
    cloud.fail([]);
    expect(ended.code).toBe(1);
    expect(ended.text).toMatch(/::error.*CreateImage/);
    expect(job.outputs()['omi-id'] ?? '').toBe('');
    const left = await cloud.resources();
    expect(left).toContain(theirs.Image?.ImageId);
    expect(left.filter((id) => !before.includes(id))).toEqual([]);
  });
});

test('the log splits a line without an end into pieces, and its memory stays bounded', async () => {
  const run = 'head -c 30000000 /dev/zero | tr "\\000" a\n';
  const main = successful(await step(cloud, { inputs: { ...inputs, 'omi-name': 'endless', run } }).main());
  const pieces = main.lines.filter(({ line }) => /^a+$/.test(line));
  expect(pieces.reduce((sum, { line }) => sum + line.length, 0)).toBe(30_000_000);
  expect(Math.max(...pieces.map(({ line }) => line.length))).toBeLessThan(1_000_000);
});

test('a slow reader of the log receives every line, including the last ones', async () => {
  const run = 'echo started\nhead -c 3000000 /dev/zero | tr "\\000" a\n';
  const main = step(cloud, { inputs: { ...inputs, 'omi-name': 'read late', run } }).start();
  await main.waitForLine(/^started$/);
  main.child.stdout?.pause();
  await sleep(5000); // The build is over by then.
  main.child.stdout?.resume();
  const { lines, text } = successful(await main.ended);
  const shown = lines.filter(({ line }) => /^a+$/.test(line));
  expect(shown.reduce((sum, { line }) => sum + line.length, 0)).toBe(3_000_000);
  expect(text).toMatch(/^Built ami-\w+ in /m);
});
