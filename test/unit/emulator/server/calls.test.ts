import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newWorld, type StoredSnapshot, type StoredVolume } from '../../../../src/emulator/model/world.js';
import type { Cloud } from '../../../../src/emulator/resources/context.js';
import { callNamed } from '../../../../src/emulator/server/calls.js';
import { DeviceLinks } from '../../../../src/emulator/storage/device-links.js';
import { Disks } from '../../../../src/emulator/storage/disks.js';
import { Objects } from '../../../../src/emulator/storage/objects/objects.js';
import type { Operation, RequestOf, ResponseOf } from '../../../../src/outscale/api.js';

const me = '111111111111';
const other = '222222222222';
const now = 1_000_000;
const owned = { account: me, created: 0 };
let cloud: Cloud;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'calls-'));
  cloud = {
    world: newWorld('i-1', me, 'eu-west-2a', 0),
    settings: {
      region: 'eu-west-2',
      latency: 10,
      snapshotTime: 10,
      transferTime: 0,
      accounts: [
        { id: me, accessKey: 'A', secretKey: 'a' },
        { id: other, alias: 'Them', accessKey: 'B', secretKey: 'b' },
      ],
    },
    disks: new Disks(directory),
    objects: new Objects(directory),
    links: new DeviceLinks('api'),
  };
  for (const id of ['free', 'far', 'b', 'c']) volume(id);
  volume('far', { subregion: 'eu-west-2b' });
  volume('making', { id: 'vol-making' });
  delete cloud.world.volumes['vol-making']?.made;
  const link = { device: '/dev/xvdb', since: 0, attached: 1, deleteOnVmDeletion: false };
  volume('linked', { link });
  volume('attaching', { link: { device: '/dev/xvdc', since: 0, deleteOnVmDeletion: false } });
  volume('detaching', { link: { ...link, device: '/dev/xvdd', unlinked: 5 } });
  volume('theirs', { account: other });
  snapshot('mine');
  snapshot('cutting', { source: { volume: 'vol-free' } });
  delete cloud.world.snapshots['snap-cutting']?.made;
  snapshot('theirs', { account: other });
  snapshot('shared', { account: other, permissions: { accountIds: [me], global: false } });
});
afterEach(() => rmSync(directory, { recursive: true }));

function volume(name: string, more: Partial<StoredVolume> = {}): void {
  const id = `vol-${name}`;
  cloud.world.volumes[id] = {
    ...owned,
    tags: {},
    id,
    size: 2,
    type: 'gp2',
    subregion: 'eu-west-2a',
    made: 1,
    ...more,
  };
}

function snapshot(name: string, more: Partial<StoredSnapshot> = {}): void {
  const id = `snap-${name}`;
  const permissions = { accountIds: [], global: false };
  cloud.world.snapshots[id] = {
    ...owned,
    tags: {},
    id,
    source: { volume: 'vol-x' },
    size: 2,
    description: '',
    duration: 10,
    permissions,
    made: 11,
    ...more,
  };
}

function call<Op extends Operation>(operation: Op, request: RequestOf<Op>, account = me): ResponseOf<Op> {
  const answer: ResponseOf<Op> = JSON.parse(JSON.stringify(ask(operation, request, account)));
  return answer;
}

const ask = (operation: string, request: unknown, account = me): object | undefined =>
  callNamed(operation)?.(request, { account, now }, cloud)();

const root = { DeviceName: '/dev/sda1', Bsu: { SnapshotId: 'snap-mine' } };
const registration = { ImageName: 'img', RootDeviceName: '/dev/sda1', BlockDeviceMappings: [root] };
const here = { SubregionName: 'eu-west-2a' };
const link = { VolumeId: 'vol-free', VmId: 'i-1', DeviceName: '/dev/xvdz' };

test.each<[string, string, unknown, string]>([
  [
    'an unknown parameter',
    'CreateVolume',
    { ...here, Size: 1, Zone: 'a' },
    "90001 InvalidParameter: The parameter 'Zone'",
  ],
  ['an unknown filter', 'ReadVolumes', { Filters: { Names: [] } }, "'Filters.Names' is not known"],
  [
    'a missing parameter',
    'CreateVolume',
    { Size: 1 },
    "7007 MissingParameter: The parameter 'SubregionName' is required",
  ],
  ['a wrong type', 'CreateVolume', { ...here, Size: '1' }, "InvalidParameterValue: The parameter 'Size'"],
  ['a body that is no object', 'ReadVms', [], 'InvalidParameterValue'],
  ['no size', 'CreateVolume', here, "MissingParameter: The parameter 'Size'"],
  ['a size of 0', 'CreateVolume', { ...here, Size: 0 }, "'Size'"],
  [
    'a size below the snapshot',
    'CreateVolume',
    { ...here, SnapshotId: 'snap-mine', Size: 1 },
    'the snapshot has 2 GiB',
  ],
  ['another region', 'CreateVolume', { SubregionName: 'us-east-2a', Size: 1 }, "'SubregionName'"],
  ['an unknown type', 'CreateVolume', { ...here, Size: 1, VolumeType: 'gp3' }, "'VolumeType'"],
  ['IOPS without io1', 'CreateVolume', { ...here, Size: 1, Iops: 100 }, "'Iops'"],
  [
    'io1 without IOPS',
    'CreateVolume',
    { ...here, Size: 1, VolumeType: 'io1' },
    "MissingParameter: The parameter 'Iops'",
  ],
  ['too many IOPS', 'CreateVolume', { ...here, Size: 1, VolumeType: 'io1', Iops: 301 }, "'Iops'"],
  ['an unknown snapshot', 'CreateVolume', { ...here, SnapshotId: 'snap-no' }, 'InvalidResource'],
  ['a foreign snapshot', 'CreateVolume', { ...here, SnapshotId: 'snap-theirs' }, '5054 InvalidResource'],
  ['an unfinished snapshot', 'CreateVolume', { ...here, SnapshotId: 'snap-cutting' }, 'InvalidState'],
  [
    'a volume that is attached',
    'DeleteVolume',
    { VolumeId: 'vol-linked' },
    "6007 InvalidVolumeState: 'vol-linked' is 'in-use'",
  ],
  ['a volume that is not there yet', 'DeleteVolume', { VolumeId: 'vol-making' }, '6007 InvalidVolumeState'],
  ["somebody else's volume", 'DeleteVolume', { VolumeId: 'vol-theirs' }, 'InvalidResource'],
  ['a taken name', 'LinkVolume', { ...link, DeviceName: '/dev/xvdb' }, 'ResourceConflict'],
  ["the root's name", 'LinkVolume', { ...link, DeviceName: '/dev/sda1' }, 'ResourceConflict'],
  ['a name of /dev', 'LinkVolume', { ...link, DeviceName: '/dev/vdb' }, "'/dev/vdb' is not /dev/sdX"],
  ['a name with a partition', 'LinkVolume', { ...link, DeviceName: '/dev/xvdb1' }, "'/dev/xvdb1' is not"],
  ['a name from a', 'LinkVolume', { ...link, DeviceName: '/dev/sda' }, "'/dev/sda' is not"],
  ['a VM that is not there', 'LinkVolume', { ...link, VmId: 'i-2' }, 'InvalidResource'],
  ['a volume elsewhere', 'LinkVolume', { ...link, VolumeId: 'vol-far' }, 'eu-west-2b'],
  [
    'a volume that is attached already',
    'LinkVolume',
    { ...link, VolumeId: 'vol-linked' },
    'InvalidVolumeState',
  ],
  ['a volume that is not attached', 'UnlinkVolume', { VolumeId: 'vol-free' }, '9029 ResourceConflict'],
  ['a volume that is being attached', 'UnlinkVolume', { VolumeId: 'vol-attaching' }, 'ResourceConflict'],
  ['a volume that is being detached', 'UnlinkVolume', { VolumeId: 'vol-detaching' }, 'ResourceConflict'],
  ['a snapshot of a volume that is not there yet', 'CreateSnapshot', { VolumeId: 'vol-making' }, '6007'],
  ['a larger size of an attached volume', 'UpdateVolume', { VolumeId: 'vol-linked', Size: 3 }, '6007'],
  ['a smaller size', 'UpdateVolume', { VolumeId: 'vol-free', Size: 1 }, '4078 InvalidParameterValue'],
  ['nothing to update', 'UpdateVolume', { VolumeId: 'vol-free' }, '7007 MissingParameter'],
  ['io1 without IOPS', 'UpdateVolume', { VolumeId: 'vol-free', VolumeType: 'io1' }, '7007'],
  [
    'a VM ID without its prefix',
    'ReadVms',
    { Filters: { VmIds: ['vol-free'] } },
    '4104 InvalidParameterValue',
  ],
  ['the ID of another kind', 'DeleteVolume', { VolumeId: 'snap-mine' }, '4105 InvalidParameterValue'],
  ['the ID of another kind', 'CreateVolume', { ...here, SnapshotId: 'vol-free' }, '4105'],
  ['an OMI of a VM that is not there', 'CreateImage', { ImageName: 'img', VmId: 'i-2' }, '5063'],
  ['no source', 'CreateSnapshot', {}, 'MissingParameter'],
  [
    'two sources',
    'CreateSnapshot',
    { VolumeId: 'vol-free', SourceSnapshotId: 'snap-mine' },
    'InvalidParameterValue',
  ],
  [
    'a copy without region',
    'CreateSnapshot',
    { SourceSnapshotId: 'snap-mine' },
    "'SourceRegionName' is required",
  ],
  ['an import without size', 'CreateSnapshot', { FileLocation: 'file:///x' }, "'SnapshotSize' is required"],
  ['an import from nowhere', 'CreateSnapshot', { FileLocation: 'x', SnapshotSize: 1 }, "'FileLocation'"],
  ['a snapshot of another account', 'DeleteSnapshot', { SnapshotId: 'snap-shared' }, 'InvalidResource'],
  [
    'additions and removals',
    'UpdateSnapshot',
    { SnapshotId: 'snap-mine', PermissionsToCreateVolume: { Additions: {}, Removals: {} } },
    'not both',
  ],
  [
    'neither',
    'UpdateSnapshot',
    { SnapshotId: 'snap-mine', PermissionsToCreateVolume: {} },
    'MissingParameter',
  ],
  [
    'an invalid account ID',
    'UpdateSnapshot',
    { SnapshotId: 'snap-mine', PermissionsToCreateVolume: { Additions: { AccountIds: ['all'] } } },
    '12 digits',
  ],
  ['no name', 'CreateImage', { ...registration, ImageName: undefined }, "'ImageName' is required"],
  ['a short name', 'CreateImage', { ...registration, ImageName: 'ab' }, "'ImageName'"],
  ['a bad name', 'CreateImage', { ...registration, ImageName: 'a@b!' }, "'ImageName'"],
  [
    'no root device',
    'CreateImage',
    { ...registration, RootDeviceName: undefined },
    "'RootDeviceName' is required",
  ],
  [
    'another root device',
    'CreateImage',
    { ...registration, RootDeviceName: '/dev/xvda' },
    'you must use /dev/sda1',
  ],
  [
    'no mappings',
    'CreateImage',
    { ...registration, BlockDeviceMappings: [] },
    "'BlockDeviceMappings' is required",
  ],
  [
    'no snapshot for the root',
    'CreateImage',
    { ...registration, BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { VolumeSize: 2 } }] },
    'has no snapshot',
  ],
  ['a device twice', 'CreateImage', { ...registration, BlockDeviceMappings: [root, root] }, 'must be unique'],
  [
    'a bad device',
    'CreateImage',
    { ...registration, BlockDeviceMappings: [root, { ...root, DeviceName: '/dev/vdb' }] },
    "'/dev/vdb'",
  ],
  [
    'a mapping below its snapshot',
    'CreateImage',
    { ...registration, BlockDeviceMappings: [{ ...root, Bsu: { ...root.Bsu, VolumeSize: 1 } }] },
    'has 2 GiB',
  ],
  [
    'a copy of a missing OMI',
    'CreateImage',
    { SourceImageId: 'ami-no', SourceRegionName: 'eu-west-2' },
    'InvalidResource',
  ],
  [
    'a tag on a missing resource',
    'CreateTags',
    { ResourceIds: ['vol-free', 'vol-no'], Tags: [{ Key: 'k', Value: 'v' }] },
    'InvalidResource',
  ],
  [
    'a tag without key',
    'CreateTags',
    { ResourceIds: ['vol-free'], Tags: [{ Key: '', Value: 'v' }] },
    "'Tags.Key'",
  ],
])('%s is refused by %s', (_what, operation, request, message) => {
  const before = JSON.stringify(cloud.world);
  expect(() => ask(operation, request)).toThrow(message);
  expect(JSON.stringify(cloud.world)).toBe(before);
});

test('a VM has at most 40 volumes, including its root', () => {
  for (let index = 0; index < 36; index++)
    volume(`n${index}`, { link: { device: `/dev/xvdz${index}`, since: 0, deleteOnVmDeletion: false } });
  expect(() => ask('LinkVolume', link)).toThrow('TooManyResources');
});

test('DryRun validates without changes', () => {
  const before = JSON.stringify(cloud.world);
  expect(ask('CreateVolume', { ...here, SnapshotId: 'snap-mine', DryRun: true })).toEqual({});
  expect(ask('CreateImage', { ...registration, DryRun: true })).toEqual({});
  expect(
    ask('CreateTags', { ResourceIds: ['snap-mine'], Tags: [{ Key: 'k', Value: 'v' }], DryRun: true }),
  ).toEqual({});
  expect(() => ask('CreateVolume', { ...here, SnapshotId: 'snap-theirs', DryRun: true })).toThrow('5054');
  expect(JSON.stringify(cloud.world)).toBe(before);
});

test('a ClientToken makes CreateVolume and CreateSnapshot idempotent, and is a filter', () => {
  const volumes = { ...here, Size: 1, ClientToken: 'once' };
  const first = call('CreateVolume', volumes).Volume?.VolumeId;
  expect(call('CreateVolume', { ClientToken: 'once', ...here, Size: 1 }).Volume?.VolumeId).toBe(first);
  expect(() => ask('CreateVolume', { ...volumes, Size: 2 })).toThrow('ResourceConflict');
  expect(call('CreateVolume', volumes, other).Volume?.VolumeId).not.toBe(first);
  const found = call('ReadVolumes', { Filters: { ClientTokens: ['once'] } }).Volumes;
  expect(found?.map(({ VolumeId }) => VolumeId)).toEqual([first]);

  const snapshots = { VolumeId: 'vol-free', ClientToken: 'once' };
  const cut = call('CreateSnapshot', snapshots).Snapshot?.SnapshotId;
  expect(call('CreateSnapshot', snapshots).Snapshot?.SnapshotId).toBe(cut);
  expect(call('ReadSnapshots', { Filters: { ClientTokens: ['once'] } }).Snapshots).toHaveLength(1);
});

test('an OMI name is unique in its account; the snapshot of an OMI cannot be deleted before the OMI', () => {
  const image = call('CreateImage', registration).Image;
  expect(image).toMatchObject({
    State: 'pending',
    AccountId: me,
    Architecture: 'x86_64',
    RootDeviceType: 'bsu',
    BootModes: ['legacy'],
    ProductCodes: ['0001'],
    PermissionsToLaunch: { AccountIds: [], GlobalPermission: false },
  });
  expect(() => ask('CreateImage', registration)).toThrow('9015 ResourceConflict');
  const theirs = { ...registration, BlockDeviceMappings: [{ ...root, Bsu: { SnapshotId: 'snap-theirs' } }] };
  expect(call('CreateImage', theirs, other).Image?.ImageName).toBe('img');
  expect(() => ask('DeleteSnapshot', { SnapshotId: 'snap-mine' })).toThrow('9094 ResourceConflict');
  call('DeleteImage', { ImageId: image?.ImageId ?? '' });
  call('DeleteSnapshot', { SnapshotId: 'snap-mine' });
});

test('a shared OMI can be read and copied, and the copy has its own snapshots; sharing does not share the snapshot', () => {
  const data = { DeviceName: '/dev/xvdb', Bsu: { SnapshotId: 'snap-theirs', DeleteOnVmDeletion: true } };
  const mappings = [{ ...root, Bsu: { SnapshotId: 'snap-theirs' } }, data];
  const request = {
    ...registration,
    BlockDeviceMappings: mappings,
    BootModes: ['uefi' as const],
    TpmMandatory: true,
  };
  const id = call('CreateImage', request, other).Image?.ImageId ?? '';
  const copy = { SourceImageId: id, SourceRegionName: 'eu-west-2', ImageName: 'copy' };
  expect(call('ReadImages', {}).Images).toEqual([]);
  expect(() => ask('CreateImage', copy)).toThrow('InvalidResource');
  expect(() =>
    ask('UpdateImage', { ImageId: id, PermissionsToLaunch: { Additions: { AccountIds: [me] } } }),
  ).toThrow('InvalidResource');
  call('UpdateImage', { ImageId: id, PermissionsToLaunch: { Additions: { AccountIds: [me] } } }, other);
  const image = cloud.world.images[id];
  if (image) cloud.world.images[id] = { ...image, created: 0 };
  const shared = call('ReadImages', { Filters: { AccountAliases: ['Them'], ImageNames: ['im*'] } })
    .Images?.[0];
  expect(shared).toMatchObject({ ImageId: id, State: 'available', AccountId: other });
  expect(() => ask('CreateVolume', { ...here, SnapshotId: 'snap-theirs' })).toThrow('5054');

  const made = call('CreateImage', copy).Image;
  expect(made).toMatchObject({ AccountId: me, ImageName: 'copy', BootModes: ['uefi'], TpmMandatory: true });
  const snapshots = made?.BlockDeviceMappings?.map(({ Bsu }) => Bsu?.SnapshotId ?? '') ?? [];
  expect(snapshots).toHaveLength(2);
  expect(snapshots).not.toContain('snap-theirs');
  expect(
    call('ReadSnapshots', { Filters: { SnapshotIds: snapshots, AccountIds: [me] } }).Snapshots,
  ).toHaveLength(2);
  call('UpdateImage', { ImageId: id, PermissionsToLaunch: { Removals: { AccountIds: [me] } } }, other);
  expect(call('ReadImages', { Filters: { ImageIds: [id] } }).Images).toEqual([]);
});

const share = (change: 'Additions' | 'Removals'): unknown =>
  call('UpdateSnapshot', {
    SnapshotId: 'snap-mine',
    PermissionsToCreateVolume: { [change]: { GlobalPermission: true } },
  });

test('every account can use a public snapshot until it is private again', () => {
  share('Additions');
  expect(ask('CreateVolume', { ...here, SnapshotId: 'snap-mine' }, other)).toHaveProperty('Volume');
  share('Removals');
  expect(() => ask('CreateVolume', { ...here, SnapshotId: 'snap-mine' }, other)).toThrow('5054');
});

const tag = (Key: string, Value: string) => ({ ResourceIds: ['vol-free', 'i-1'], Tags: [{ Key, Value }] });

test('tags are added, replaced, listed and deleted', () => {
  call('CreateTags', tag('Name', 'one'));
  call('CreateTags', tag('Name', 'two'));
  call('CreateTags', tag('os', 'debian'));
  expect(call('ReadTags', { Filters: { Keys: ['Name'], ResourceTypes: ['volume'] } }).Tags).toEqual([
    { Key: 'Name', Value: 'two', ResourceId: 'vol-free', ResourceType: 'volume' },
  ]);
  call('DeleteTags', tag('Name', 'other'));
  call('DeleteTags', tag('os', 'debian'));
  expect(call('ReadVolumes', { Filters: { Tags: ['Name=two'] } }).Volumes?.[0]?.Tags).toEqual([
    { Key: 'Name', Value: 'two' },
  ]);
  expect(call('ReadTags', {}, other).Tags).toEqual([]);
});

test('deleting a volume fails its pending snapshot, and no other', () => {
  call('DeleteVolume', { VolumeId: 'vol-free' });
  const states = call('ReadSnapshots', {}).Snapshots?.map(
    ({ SnapshotId, State }) => `${SnapshotId} ${State}`,
  );
  expect(states).toEqual(['snap-cutting error', 'snap-mine completed', 'snap-shared completed']);
});

test('each account lists only its own resources', () => {
  expect(call('ReadAccounts', {}, other).Accounts).toEqual([{ AccountId: other, CustomerId: other }]);
  expect(call('ReadVms', {}, other).Vms).toEqual([]);
  expect(call('ReadVms', {}).Vms?.[0]).toMatchObject({ VmId: 'i-1', State: 'running', Placement: here });
  expect(call('ReadVolumes', {}, other).Volumes?.map(({ VolumeId }) => VolumeId)).toEqual(['vol-theirs']);
});

test('UpdateVolume changes size and type', () => {
  const file = cloud.disks.file('vol-free');
  writeFileSync(file, '');
  const larger = call('UpdateVolume', { VolumeId: 'vol-free', Size: 3 }).Volume;
  expect([larger?.Size, statSync(file).size]).toEqual([3, 3 * 2 ** 30]);
  const faster = call('UpdateVolume', { VolumeId: 'vol-linked', VolumeType: 'io1', Iops: 200 }).Volume;
  expect(faster).toMatchObject({ VolumeType: 'io1', Iops: 200, Size: 2 });
});

test('snapshots of other accounts have an alias, own ones have none', () => {
  snapshot('own', { account: other });
  const shown = (account: string) =>
    call('ReadSnapshots', {}, account).Snapshots?.map(({ SnapshotId, AccountAlias }) => [
      SnapshotId,
      AccountAlias,
    ]);
  expect(shown(other)).toEqual([
    ['snap-own', undefined],
    ['snap-shared', undefined],
    ['snap-theirs', undefined],
  ]);
  expect(shown(me)).toContainEqual(['snap-shared', 'Them']);
});

test('a deleted snapshot is unlisted at once, a deleted volume is listed as deleting', () => {
  call('DeleteSnapshot', { SnapshotId: 'snap-mine' });
  call('DeleteVolume', { VolumeId: 'vol-free' });
  expect(call('ReadSnapshots', { Filters: { SnapshotIds: ['snap-mine'] } }).Snapshots).toEqual([]);
  const stateOf = () => call('ReadVolumes', { Filters: { VolumeIds: ['vol-free'] } }).Volumes?.[0]?.State;
  expect(stateOf()).toBe('deleting');
});

test('deleteTime: a deleted snapshot is listed as deleting', () => {
  cloud = { ...cloud, settings: { ...cloud.settings, deleteTime: 1000 } };
  call('DeleteSnapshot', { SnapshotId: 'snap-mine' });
  expect(call('ReadSnapshots', { Filters: { SnapshotIds: ['snap-mine'] } }).Snapshots?.[0]?.State).toBe(
    'deleting',
  );
});

test('the region and its subregions', () => {
  expect(call('ReadRegions', {}).Regions?.map(({ RegionName }) => RegionName)).toEqual(['eu-west-2']);
  const { Subregions } = call('ReadSubregions', { Filters: { SubregionNames: ['eu-west-2b'] } });
  expect(Subregions).toMatchObject([
    { RegionName: 'eu-west-2', State: 'available', SubregionName: 'eu-west-2b' },
  ]);
});
