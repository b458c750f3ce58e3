/** @long It installs Debian and boots it several times. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aptSource } from '../../src/demo/apt-source.js';
import { scratchOptions } from '../../src/demo/scratch-options.js';
import { dist, useCloud } from '../support/cloud.js';
import {
  builtExample,
  compressed,
  debianStep,
  exampleJob,
  exportDisk,
  minute,
  type OfferedImage,
  offerImage,
  printTimes,
} from '../support/debian-examples.js';
import { inventory } from '../support/inventory.js';
import { launch, successful } from '../support/process.js';

const cloud = useCloud();

/** What the build from scratch printed, and its outputs. */
let scratch: { readonly text: string; readonly outputs: Record<string, string> };

beforeAll(async () => {
  const { env = '' } = scratchOptions('debian', cloud.folder, await aptSource());
  const job = exampleJob(cloud, 'debian-from-scratch', { env, sbom: 'true', lint: 'fail' });
  const { text } = await builtExample(cloud, 'debian-from-scratch', job);
  scratch = { text, outputs: job.outputs() };
}, 30 * minute);

test('debian-from-scratch: it boots with BIOS and UEFI, and KVM that fails is tried once', () => {
  expect(scratch.text.match(/^Booted \((bios|uefi), .* debian login:$/gm)).toHaveLength(2);
  expect(scratch.text.match(/starts again under software emulation/g) ?? []).not.toHaveLength(2);
});

/** Prints the number of packages, and each file that differs from its package. */
const verify = `
  echo "packages: $(dpkg-query --show --showformat='\${db:Status-Abbrev}\\n' | grep -c '^ii')"
  dpkg --verify | sed 's/^/differs: /'`;

let disk: string;
let image: OfferedImage;
afterAll(async () => await image[Symbol.asyncDispose]());

beforeAll(async () => {
  disk = await exportDisk(cloud, scratch.outputs['snapshot-id'] ?? '');
  image = await offerImage(cloud, disk);
}, 10 * minute);

test(
  'cloud-image: it grows, boots with BIOS and UEFI, and has each file of its packages and each package in the SBOM',
  async () => {
    const job = exampleJob(cloud, 'cloud-image', {
      'source-image': image.url,
      'source-image-sha256': image.sha256,
      run: `echo app-1 >/etc/hostname\n${verify}`,
    });
    const { text } = await builtExample(cloud, 'cloud-image', job);
    expect(text).toContain('Boot loaders on the disk: legacy, uefi');
    expect(text).toMatch(/^Grew loop\d+p3 to the end of the volume/m);
    expect(text.match(/^Booted \((bios|uefi), .* app-1 login:$/gm)).toHaveLength(2);
    expect(text).not.toContain('differs: ');
    const count = Number(/^packages: (\d+)$/m.exec(text)?.[1]);
    const sbom = readFileSync(scratch.outputs.sbom ?? '', 'utf8');
    const { components }: { components: unknown[] } = JSON.parse(sbom);
    expect(components).toHaveLength(count);
    expect(await new JsonStrictValidator(Version.v1dot6).validate(sbom)).toBeNull();
  },
  30 * minute,
);

test.each([
  ['raw', async () => await Promise.resolve(disk)],
  ['xz', async () => await compressed(disk)],
])(
  'cloud-image: a Debian in %s grows and boots',
  async (format, file) => {
    const job = exampleJob(cloud, 'cloud-image', {
      'omi-name': `from ${format}`,
      'source-image': await file(),
      'boot-test': 'bios',
    });
    const { text } = await builtExample(cloud, `cloud-image in ${format}`, job);
    expect(text).toMatch(/^Grew loop\d+p3 to the end of the volume/m);
    expect(text).toMatch(/^Booted \(bios, .* app-1 login:$/m);
  },
  30 * minute,
);

test('cloud-image: without a checksum nothing is downloaded', async () => {
  const { code, text } = await exampleJob(cloud, 'cloud-image', {}).main();
  expect(code).toBe(2);
  expect(text).toContain('source-image-sha256: is required with a URL');
});

test(
  'demo --debian builds debian-from-source: the root grows, nginx and the other kernel run after the boot',
  async () => {
    const temporary = mkdtempSync(join(cloud.folder, 'demo-'));
    const ran = successful(
      await launch(
        [process.execPath, join(dist, 'cli.js'), 'demo', '--debian', '--disk', disk],
        { PATH: process.env.PATH, HOME: '/root', TMPDIR: temporary },
        '/',
        25 * minute,
      ).ended,
    );
    const { text } = ran;
    printTimes('debian-from-source', ran);
    expect(text).toMatch(/Root +loop\d+p3 mounted, ext4, grown/);
    expect(text).toMatch(/Booted \(bios, .*: Linux [\d.]+-\d+-amd64: nginx is active$/m);
    expect(text).toContain('Files that differ from their packages: none');
    expect(text).not.toMatch(/Terminated|left running/);
    expect(readdirSync(temporary)).toEqual([]);
  },
  30 * minute,
);

test.each([
  {
    what: 'without an initramfs',
    run: 'rm /boot/initrd.img-*',
    finding: /Lint: boot-initramfs: \/boot\/grub\/grub.cfg loads \/boot\/initrd/,
    error:
      /the image does not boot \(bios\): \[ *[\d.]+\] Kernel panic - not syncing: VFS: Unable to mount root/,
  },
  {
    what: 'with another UUID in the configuration of GRUB',
    run: 'sed -i "s/root=UUID=[^ ]*/root=UUID=01234567-89ab-cdef-0123-456789abcdef rootdelay=1/" /boot/grub/grub.cfg',
    finding: /Lint: boot-uuid: \/boot\/grub\/grub.cfg names UUID=01234567-/,
    error: /the image does not boot \(bios\): \(initramfs\)/,
  },
  {
    what: 'without a kernel',
    run: 'rm /boot/vmlinuz-*',
    finding: /Lint: boot-kernel: \/boot\/grub\/grub.cfg boots \/boot\/vmlinuz-\S+, which does not exist/,
    error: /the image does not boot \(bios\): error: you need to load the kernel first/,
  },
])(
  'an image $what: lint finds it, and the boot test refuses it',
  async ({ what, run, finding, error }) => {
    const [machine, before] = [inventory(cloud.folder), await cloud.resources()];
    const job = debianStep(cloud, {
      'source-omi': scratch.outputs['omi-id'] ?? '',
      'omi-name': 'never made',
      run,
      'boot-test': 'bios',
    });
    const ran = await job.main();
    printTimes(`image ${what}`, ran);
    expect([ran.code, ran.text]).toEqual([1, expect.stringMatching(error)]);
    expect(ran.text).toMatch(finding);
    expect(await cloud.resources()).toEqual(before);
    expect(inventory(cloud.folder)).toEqual(machine);
  },
  30 * minute,
);
