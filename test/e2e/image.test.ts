import { expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import type { Image } from '../../src/outscale/api.js';
import { readSnapshot } from '../../src/outscale/calls/lookups.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

const job = (inputs: Readonly<Record<string, string>>): Step => step(cloud, { inputs });
const imageOf = async (one: Step): Promise<Image | undefined> =>
  (await cloud.api.call('ReadImages', { Filters: { ImageIds: [one.outputs()['omi-id'] ?? ''] } }))
    .Images?.[0];
const tagsOf = (tags: Image['Tags']) =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));

test('the OMI has the labels, permissions, devices and boot modes of the options', async () => {
  const other = await cloud.api.call('ReadImages', { Filters: { ImageIds: [cloud.source] } });
  const data = other.Images?.[0]?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? '';
  const one = job({
    'omi-name': 'from {{.SourceOMIName}} in {{.BuildRegion}}',
    'omi-description': 'made from {{.SourceOMI}}',
    tags: 'source={{.SourceOMIName}}\nfor=all',
    'snapshot-tags': 'for=snapshot',
    'root-volume-tags': 'for=volume',
    'omi-account-ids': `222222222222\n${defaultAccount.id}\n333333333333`,
    'snapshot-users': `444444444444\n${defaultAccount.id}`,
    'omi-boot-modes': 'uefi',
    'tpm-mandatory': 'true',
    'root-volume-size': '2',
    'omi-block-device-mappings': `- {device_name: /dev/sdb, volume_size: 3, volume_type: io1, iops: 100}\n- {device_name: sdc, snapshot_id: ${data}, delete_on_vm_deletion: true}`,
  });
  cloud.requests();
  const main = successful(await one.main());
  const image = await imageOf(one);
  const snapshot = await readSnapshot(cloud.api, one.outputs()['snapshot-id'] ?? '');
  expect(image).toMatchObject({
    ImageName: 'from story-source in eu-west-2',
    Description: `made from ${cloud.source}`,
    BootModes: ['uefi'],
    TpmMandatory: true,
    PermissionsToLaunch: { AccountIds: ['222222222222', '333333333333'] },
  });
  expect(image?.BlockDeviceMappings).toMatchObject([
    { DeviceName: '/dev/sda1', Bsu: { VolumeSize: 2, VolumeType: 'gp2' } },
    { DeviceName: '/dev/sdb', Bsu: { VolumeSize: 3, VolumeType: 'io1', Iops: 100 } },
    { DeviceName: '/dev/sdc', Bsu: { SnapshotId: data, DeleteOnVmDeletion: true } },
  ]);
  expect(tagsOf(image?.Tags)).toEqual({ source: 'story-source', for: 'all' });
  expect(tagsOf(snapshot?.Tags)).toMatchObject({ source: 'story-source', for: 'snapshot' });
  expect(snapshot?.PermissionsToCreateVolume?.AccountIds).toEqual(['444444444444']);
  const tagged = cloud.requests().filter(({ operation }) => operation === 'CreateTags');
  expect(JSON.stringify(tagged[0]?.request)).toContain('{"Key":"for","Value":"volume"}');
  expect(main.text).toContain(`Tags and permissions not applied to ${data}`);
  expect((await readSnapshot(cloud.api, data))?.PermissionsToCreateVolume?.AccountIds ?? []).toEqual([]);
});

test('skip_create_omi ends the build after the snapshot', async () => {
  const before = await cloud.resources();
  const one = job({ 'omi-name': 'snapshot only', 'skip-create-omi': 'true' });
  successful(await one.main());
  successful(await one.post());
  expect(one.outputs()['omi-id']).toBeUndefined();
  expect(await cloud.resources()).toEqual([...before, one.outputs()['snapshot-id'] ?? ''].sort());
});

test.each([
  [
    'a size smaller than the source',
    { 'root-volume-size': '1' },
    /root_volume_size: 1 GiB is less than the 2 GiB/,
  ],
  ['io1 from another type', { 'root-volume-type': 'io1' }, /io1 needs a source of type io1/],
  [
    'a name that is none when filled in',
    { 'omi-name': '{{.SourceOMI}}{{isotime "15:04"}}' },
    /omi_name: ".*" is not a valid OMI name/,
  ],
  [
    'a device that is given twice',
    {
      'omi-block-device-mappings':
        '- {device_name: sdb, volume_size: 1}\n- {device_name: /dev/sdb, volume_size: 1}',
    },
    /given twice/,
  ],
])('%s: the build fails before it creates a resource', async (_, more: Record<string, string>, message) => {
  const [larger] =
    (await cloud.api.call('ReadImages', { Filters: { ImageNames: ['from story-source in eu-west-2'] } }))
      .Images ?? [];
  cloud.requests();
  const main = await job({ 'omi-name': 'never made', 'source-omi': larger?.ImageId ?? '', ...more }).main();
  expect(main.code).toBe(1);
  expect(main.text).toMatch(message);
  expect(cloud.requests().filter(({ operation }) => !operation.startsWith('Read'))).toEqual([]);
});

test('a permanent failure to share the OMI deletes OMI and snapshot', async () => {
  const before = await cloud.resources();
  cloud.fail([{ operation: 'UpdateImage', fault: 'refuse' }]);
  const one = job({ 'omi-name': 'not shared', 'omi-account-ids': '222222222222' });
  const main = await one.main();
  cloud.fail([]);
  expect(main.code).toBe(1);
  expect(main.text).toMatch(/::error.*UpdateImage/);
  expect(one.outputs()).toMatchObject({ 'omi-id': '', 'snapshot-id': '' });
  expect(await cloud.resources()).toEqual(before);
});

test('the build registers the OMI without inherited product codes that the API refuses, and warns', async () => {
  await cloud.api.call('UpdateImage', { ImageId: cloud.source, ProductCodes: ['0002'] });
  // The first is the question whether it is permitted.
  cloud.fail([{ operation: 'CreateImage', fault: 'refuse', skip: 1, times: 1 }]);
  const one = job({ 'omi-name': 'without codes' });
  const main = successful(await one.main());
  cloud.fail([]);
  expect(main.text).toMatch(/::warning::.*product codes 0002/);
  // The API's default.
  expect((await imageOf(one))?.ProductCodes).toEqual(['0001']);
});

test('a template renders a missing tag of the source as empty, and the build reports it', async () => {
  const one = job({ 'omi-name': 'untagged{{.SourceOMITags.Nothing}}', run: 'true\n' });
  const main = successful(await one.main());
  expect(one.outputs()['omi-name']).toBe('untagged');
  expect(main.text).toMatch(/::notice.*Nothing/);
});
