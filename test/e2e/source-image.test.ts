import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { readImage } from '../../src/outscale/calls/lookups.js';
import { type Step, step } from '../support/action.js';
import { bootCode } from '../support/boot-sector.js';
import { useCloud } from '../support/cloud.js';
import { certificate, type FileServer, type Served, serveFiles } from '../support/file-server.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { manifestAt } from '../support/manifest.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { sweep } from '../support/sweep.js';

const cloud = useCloud();
const files: Record<string, Served> = {};
let server: FileServer;
let folder: string;
const at = (name: string): string => join(folder, name);
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Runs qemu-img, xz or another program in the folder of the images. */
const run = async (script: string): Promise<void> =>
  void (await exec(['sh', '-ec', `cd ${folder}; ${script}`], { limit: 'disk' }));

beforeAll(async () => {
  folder = join(cloud.folder, 'images');
  mkdirSync(folder);
  copyFileSync(join(cloud.folder, 'source.img'), at('disk.raw'));
  // Boot code before the partition table, as a boot loader for BIOS has it.
  const disk = await open(at('disk.raw'), 'r+');
  await disk.write(bootCode('web login: '), 0, undefined, 0);
  await disk.close();
  await run(`
    qemu-img convert -f raw -O qcow2 disk.raw disk.qcow2
    xz -1 -k disk.raw
    zstd -q -1 disk.qcow2
    qemu-img create -q -f qcow2 -b disk.qcow2 -F qcow2 backing.qcow2
    qemu-img create -q -f qcow2 -o data_file=data.raw,data_file_raw=on external.qcow2 64M
    head -c 64M /dev/zero | xz -0 > part.xz
    for n in $(seq 17); do cat part.xz; done > bomb.xz
    truncate -s 1025M large.raw; dd if=disk.raw of=large.raw conv=notrunc bs=1M count=1 status=none`);
  // A raw disk whose first sector was written by its guest: the header of a qcow2 with a backing file.
  const begin = readFileSync(at('backing.qcow2')).subarray(0, 512);
  copyFileSync(at('disk.raw'), at('like-qcow2.raw'));
  const raw = await open(at('like-qcow2.raw'), 'r+');
  await raw.write(begin, 0, undefined, 0);
  await raw.close();
  const huge = readFileSync(at('disk.qcow2'));
  huge.writeBigUInt64BE(2n ** 63n, 24);
  writeFileSync(at('huge.qcow2'), huge);
  const content = readFileSync(at('disk.raw.xz'));
  files['/disk.raw.xz'] = { content };
  files['/cut.xz'] = { content, cut: { after: 100_000, times: 2 } };
  server = await serveFiles(files);
}, 120_000);
afterAll(async () => await server[Symbol.asyncDispose]());

/** A build from an image, without a source OMI. @param image its name in the folder, or a URL */
const job = (image: string, inputs: Readonly<Record<string, string>> = {}, omi = image): Step =>
  step(cloud, {
    inputs: {
      'omi-name': omi.replace(/^.*\//, ''),
      'source-omi': '',
      'source-image': image.startsWith('https:') ? image : at(image),
      run: 'echo built > /root/built',
      ...inputs,
    },
    environment: { NODE_EXTRA_CA_CERTS: certificate },
  });

test('a raw image becomes an OMI that is larger than the image', async () => {
  const one = job('disk.raw', { 'root-volume-size': '2' }, 'of {{.SourceOMIName}} raw');
  await expectNoLeftovers(cloud, async () => {
    const main = successful(await one.main());
    expect(main.text).toContain('omi_name: SourceOMI… is empty, because the source is an image');
    expect(main.text).toMatch(/Grew \w+ to the end of the volume/);
    return [one.outputs()['omi-id'] ?? '', one.outputs()['snapshot-id'] ?? ''];
  });
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '', 'source-omi-id': source } = one.outputs();
  expect(source).toBeUndefined();
  expect(await readImage(cloud.api, omi)).toMatchObject({
    ImageName: 'of  raw',
    Architecture: 'x86_64',
    BootModes: ['legacy'],
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [
      { DeviceName: '/dev/sda1', Bsu: { VolumeSize: 2, VolumeType: 'gp2', DeleteOnVmDeletion: true } },
    ],
  });
  const checksum = sha256(readFileSync(at('disk.raw')));
  const manifest = manifestAt(one.outputs().manifest);
  expect(manifest).toMatchObject({ sourceImage: { location: at('disk.raw'), sha256: checksum } });
  expect(manifest.source).toBeUndefined();
  await using disk = await openSnapshot(cloud, snapshot);
  expect(await disk.isClean()).toBe(true);
  expect(await disk.list('/root')).toContain('built');
  expect(await disk.describe('/etc/resolv.conf')).toMatch(/Type: symlink/);
});

test('a qcow2 image becomes an OMI that boots', async () => {
  const one = job('disk.qcow2', { 'boot-test': 'bios' });
  const main = successful(await one.main());
  expect(main.text).toMatch(/Booted \(bios, .*web login:/);
  expect((await readImage(cloud.api, one.outputs()['omi-id'] ?? ''))?.BlockDeviceMappings).toMatchObject([
    { Bsu: { VolumeSize: 1 } },
  ]);
});

test('an image of a URL is downloaded once, and its signature is in no log', async () => {
  const checksum = sha256(files['/disk.raw.xz']?.content ?? Buffer.alloc(0));
  const url = `${server.url('/disk.raw.xz')}?signature=secret`;
  const first = job(url, { 'source-image-sha256': checksum.toUpperCase() }, 'from a URL');
  const main = successful(await first.main());
  expect(main.text).not.toContain('signature=secret');
  expect(readFileSync(first.outputs().manifest ?? '', 'utf8')).not.toContain('signature=secret');
  const asked = server.requests.length;
  expect(asked).toBeGreaterThan(0);
  const second = job(url, { 'source-image-sha256': checksum, 'state-dir': first.stateDir }, 'from the cache');
  successful(await second.main());
  expect(server.requests).toHaveLength(asked);
  expect(leftIn(first.stateDir)).toContain(checksum);
  const swept = successful(await sweep(cloud, first.stateDir, ['--cache']));
  expect(swept.text).toMatch(/Removed 1 downloaded image, \d+ MiB/);
  expect(leftIn(first.stateDir)).not.toContain(checksum);
});

test('an interrupted download continues where it ended', async () => {
  const checksum = sha256(files['/cut.xz']?.content ?? Buffer.alloc(0));
  const one = job(server.url('/cut.xz'), { 'source-image-sha256': checksum }, 'continued');
  const main = successful(await one.main());
  expect(main.text).toContain('Download interrupted, continuing');
  expect(server.requests.filter((line) => line.startsWith('/cut.xz'))).toEqual([
    '/cut.xz',
    '/cut.xz bytes=100000-',
    '/cut.xz bytes=200000-',
  ]);
});

test('a plan announces the steps of an image, and the build from one in zstd has them', async () => {
  const plan = successful(await job('disk.qcow2.zst', { 'dry-run': 'true' }, 'planned').main());
  const main = successful(await job('disk.qcow2.zst', {}, 'of zstd').main());
  for (const title of ['Fetch source image', 'Create volume', 'Write source image']) {
    expect(plan.text).toMatch(new RegExp(`\\d+\\. ${title}$`, 'm'));
    expect(main.text).toContain(title);
  }
});

const refused: readonly (readonly [string, string, Readonly<Record<string, string>>, RegExp])[] = [
  [
    'a wrong checksum',
    'disk.raw',
    { 'source-image-sha256': '0'.repeat(64) },
    /its SHA-256 is \w{64}, not 0{64}/,
  ],
  [
    'an image larger than the volume',
    'large.raw',
    { 'root-volume-size': '1' },
    /its disk has 2 GiB, .*root_volume_size: 1 GiB/,
  ],
  ['a backing file', 'backing.qcow2', {}, /the qcow2 image has a backing file/],
  ['a data file', 'external.qcow2', {}, /the qcow2 image has an external data file/],
  ['a virtual size of 8 EiB', 'huge.qcow2', {}, /its disk has 8589934592 GiB, more than the largest volume/],
  ['an xz bomb', 'bomb.xz', { 'root-volume-size': '1' }, /its disk has more than 1 GiB/],
  ['a raw image that begins like a qcow2', 'like-qcow2.raw', {}, /the qcow2 image has a backing file/],
];
test.each(refused)('%s is refused before anything is made', async (_, image, inputs, message) => {
  const one = job(image, inputs, 'never made');
  await expectNoLeftovers(cloud, async () => {
    cloud.requests();
    const main = await one.main();
    expect(main.text).toMatch(message);
    expect(main.code).toBe(1);
    expect(
      cloud.requests().filter(({ operation, request }) => !operation.startsWith('Read') && !request.DryRun),
    ).toEqual([]);
    return [];
  });
  expect(leftIn(one.stateDir)).toEqual([]);
});

/** The files of all folders in a state directory, except the code that node has compiled. */
const leftIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/compile-cache|pace|waits|reads/.test(entry.parentPath))
    .map(({ name }) => name);

test.each([
  ['a wrong checksum', '/disk.raw.xz', /its SHA-256 is \w{64}, not 0{64}/],
  ['a redirect to http', '/to-http', /a redirect to http:\/\/localhost was not followed: it is not https/],
  ['a redirect to loopback', '/to-loopback', /not followed: it is an address of this VM/],
  ['a file that is not there', '/nothing', /the server answered with status 404/],
])('of a URL, %s is refused', async (_, path, message) => {
  files['/to-http'] = { redirect: 'http://localhost/disk.raw' };
  files['/to-loopback'] = { redirect: server.url('/disk.raw.xz') };
  const one = job(server.url(path), { 'source-image-sha256': '0'.repeat(64) }, 'never made');
  await expectNoLeftovers(cloud, async () => {
    const main = await one.main();
    expect(main.code).toBe(1);
    expect(main.text).toMatch(message);
    return [];
  });
  expect(leftIn(one.stateDir).filter((name) => !name.endsWith('.part'))).toEqual([]);
});

test('a path that names no file is refused by the configuration', async () => {
  const main = await job('json:{"driver":"qcow2"}', {}, 'never made').main();
  expect(main.code).toBe(2);
  expect(main.text).toMatch(/source-image: .*json:.* cannot be read: ENOENT/);
});

test('a URL without a checksum is refused by the configuration', async () => {
  const main = await job(server.url('/disk.raw.xz')).main();
  expect(main.code).toBe(2);
  expect(main.text).toContain('source-image-sha256: is required with a URL');
});
