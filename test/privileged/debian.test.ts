/** @long It installs Debian. */
import { beforeAll, expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { exec } from '../../src/host/exec/exec.js';
import { step } from '../support/action.js';
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
