import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { isMinimal, useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

/** Builds an OMI from a file of examples/config, with the changes of `edit`. */
async function built(file: string, edit: (text: string) => string = (text) => text) {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const job = step(cloud, { inputs: { config: 'image.json', 'source-omi': '' } });
  const text = readFileSync(resolve(import.meta.dirname, '../../examples/config', file), 'utf8');
  writeFileSync(join(job.workspace, 'image.json'), edit(text));
  const main = successful(await job.main());
  successful(await job.post());
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '', 'omi-name': name = '' } = job.outputs();
  expect(await cloud.resources()).toEqual([...before, omi, snapshot].sort());
  expect(inventory(cloud.folder)).toEqual(machine);
  const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [omi] } });
  return { main, name, snapshot, image: Images?.[0] };
}

/** No OMI has the ID in the example. */
const here = (text: string): string => text.replace('ami-3e158364', cloud.source);

test('builds the basic example', async () => {
  const { name } = await built('basic.json', here);
  expect(name).toMatch(/^packer-outscale-chroot \d{10}$/);
});

test('builds the example with two mounts', async () => {
  const { main } = await built('chroot-mounts.json', here);
  expect(main.text).not.toContain('sysfs');
});

test(`the example with a filter ${isMinimal ? 'fails if the API sends no dates' : 'uses the newest matching OMI'}`, async () => {
  const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [cloud.source] } });
  const [source] = Images ?? [];
  const mappings = source?.BlockDeviceMappings ?? [];
  for (const day of ['20260101', '20260201']) {
    await cloud.api.call('CreateImage', {
      ImageName: `ubuntu/images/hvm/ubuntu-xenial-16.04-amd64-server-${day}`,
      RootDeviceName: '/dev/sda1',
      BlockDeviceMappings: mappings,
    });
  }
  const newest = built('filter.json', (text) => text.replace('"099720109477"', '"self"'));
  if (isMinimal) {
    await expect(newest).rejects.toThrow(/cannot determine the most recent OMI/);
    return;
  }
  const { main } = await newest;
  expect(main.text).toMatch(
    /Source {2}ami-\w+ ubuntu\/images\/hvm\/ubuntu-xenial-16.04-amd64-server-20260201/,
  );
  expect(main.text).toMatch(/2 OMIs match source_omi_filter/);
});

const labels = {
  parted: (text: string) => text,
  sfdisk: (text: string) =>
    text.replace(/"parted [^"]*"/, '"echo \'2048,,L,*\' | sfdisk --label dos {{.Device}}"'),
};

test.each(Object.entries(labels))('builds the example from scratch with %s', async (_, edit) => {
  const { image, snapshot, main } = await built('from-scratch.json', edit);
  expect(image?.RootDeviceName).toBe('/dev/sda1');
  expect(image?.BlockDeviceMappings).toEqual([
    {
      DeviceName: '/dev/sda1',
      Bsu: { SnapshotId: snapshot, VolumeSize: 15, VolumeType: 'gp2', DeleteOnVmDeletion: true },
    },
  ]);
  expect(main.text).toMatch(/::notice.*xvdf is treated as \/dev\/sda1/);
});
