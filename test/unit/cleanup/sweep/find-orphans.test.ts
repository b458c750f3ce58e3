import { expect, test } from '@jest/globals';
import { findOrphans } from '../../../../src/cleanup/sweep/find-orphans.js';
import { ageText } from '../../../../src/cleanup/sweep/table.js';
import type { Image, Snapshot, Vm, Volume } from '../../../../src/outscale/api.js';
import { parseToken, tokenOf } from '../../../../src/outscale/ownership.js';

const hour = 3_600_000;
const now = Date.parse('2026-01-02T00:00:00Z');
const at = (hoursAgo: number): string => new Date(now - hoursAgo * hour).toISOString();
const build = '0123456789ab';
const [here, there, stopped] = ['i-00000001', 'i-00000002', 'i-00000003'];
const vms: Vm[] = [
  { VmId: here, State: 'running' },
  { VmId: there, State: 'running' },
  { VmId: stopped, State: 'stopped' },
];
const tags = (vm: string) => [
  { Key: 'build-omi:build-id', Value: build },
  { Key: 'build-omi:vm', Value: vm },
];
const link = (VmId: string) => [{ VmId, DeviceName: '/dev/xvdb', State: 'attached' }];

interface More {
  snapshots?: Snapshot[];
  known?: string[];
  disk?: string;
  used?: string;
  released?: string;
  vms?: Vm[];
}

const facts = ({ known = [], disk, used, released }: More) => ({
  now,
  olderThan: 24 * hour,
  thisVm: here,
  known: new Set(known),
  released,
  diskOf: () => disk,
  isInUse: (name: string) => name === used,
});

/** The summary on a volume: whether it goes, why, and what undoes it. */
function summary(volume: Volume, more: More = {}) {
  const account = {
    volumes: [{ VolumeId: 'vol-1', ...volume }],
    snapshots: more.snapshots ?? [],
    images: [],
    vms: more.vms ?? vms,
  };
  const [found] = findOrphans(account, facts(more));
  return found && [found.goes, found.why, found.claims.map(({ kind }) => kind)];
}

const old = { CreationDate: at(25) };
test.each<readonly [string, Volume, More, unknown]>([
  [
    'of a VM that is gone',
    { ...old, Tags: tags('i-9') },
    {},
    [true, 'its VM i-9 is gone or stopped', ['volume']],
  ],
  [
    'that is a product, of a VM that is gone',
    { ...old, Tags: [...tags('i-9'), { Key: 'build-omi:state', Value: 'kept' }] },
    {},
    undefined,
  ],
  [
    'of a VM of an empty list',
    { ...old, Tags: tags('i-9') },
    { vms: [] },
    [false, 'nothing proves that its VM i-9 is gone: ReadVms does not list this VM either', []],
  ],
  [
    'of a VM that a list without this VM lacks',
    { ...old, Tags: tags(there) },
    { vms: [{ VmId: stopped, State: 'stopped' }] },
    [false, `nothing proves that its VM ${there} is gone: ReadVms does not list this VM either`, []],
  ],
  [
    'of a VM that is stopped',
    { ...old, Tags: tags(stopped) },
    {},
    [true, `its VM ${stopped} is gone or stopped`, ['volume']],
  ],
  [
    'attached to a stopped VM',
    { ...old, Tags: tags(stopped), LinkedVolumes: link(stopped) },
    {},
    [true, `its VM ${stopped} is gone or stopped`, ['volume', 'attachment']],
  ],
  [
    'of a VM that runs',
    { CreationDate: at(9000), Tags: tags(there) },
    {},
    [false, `its VM ${there} exists: run sweep on that VM`, []],
  ],
  [
    'of a gone VM, attached to one that runs',
    { ...old, Tags: tags('i-9'), LinkedVolumes: link(there) },
    {},
    [false, `it is attached to ${there}, which exists`, []],
  ],
  [
    'of a gone VM, attached to this one',
    { ...old, Tags: tags('i-9'), LinkedVolumes: link(here) },
    { disk: 'vdb' },
    [false, 'it is attached to this VM, but not by a build of this VM', []],
  ],
  [
    'of this VM',
    { ...old, Tags: tags(here), LinkedVolumes: link(here) },
    { disk: 'vdb' },
    [true, 'no ledger on this VM knows its build', ['volume', 'attachment']],
  ],
  [
    'of this VM, on no disk',
    { ...old, Tags: tags(here), LinkedVolumes: link(here) },
    {},
    [false, 'it is attached as /dev/xvdb, but its disk was not found', []],
  ],
  [
    'of this VM, on a disk that is in use',
    { ...old, Tags: tags(here), LinkedVolumes: link(here) },
    { disk: 'vdb', used: 'vdb' },
    [false, 'its disk vdb is in use', []],
  ],
  ['with a ledger', { ...old, Tags: tags(here) }, { known: [build] }, undefined],
  ['too young', { CreationDate: at(23), Tags: tags('i-9') }, {}, [false, 'it is too young', []]],
  ['of no age', { Tags: tags('i-9') }, {}, [false, 'its age is unknown', []]],
  [
    'of an age by its tag',
    { Tags: [...tags('i-9'), { Key: 'build-omi:since', Value: at(25) }] },
    {},
    [true, 'its VM i-9 is gone or stopped', ['volume']],
  ],
  [
    'kept',
    { ...old, Tags: [...tags('i-9'), { Key: 'build-omi:keep-until', Value: at(-1) }] },
    {},
    [false, `kept until ${at(-1)}`, []],
  ],
  [
    'kept, of the build that is asked for',
    { ...old, Tags: [...tags('i-9'), { Key: 'build-omi:keep-until', Value: at(-1) }] },
    { released: build },
    [true, 'its VM i-9 is gone or stopped', ['volume']],
  ],
  [
    'being cut',
    { ...old, Tags: tags('i-9') },
    { snapshots: [{ SnapshotId: 'snap-1', VolumeId: 'vol-1', State: 'pending' }] },
    [false, 'its snapshot snap-1 is not completed', []],
  ],
  ['being deleted', { ...old, Tags: tags('i-9'), State: 'deleting' }, {}, undefined],
  ['of somebody else', { ...old, ClientToken: 'build-omi-x' }, {}, undefined],
  [
    'with the token of a build, but tags of somebody else',
    { ...old, ClientToken: `build-omi-${build}-volume`, Tags: [{ Key: 'a', Value: 'b' }] },
    {},
    undefined,
  ],
  [
    'without tags, by its token',
    { ...old, ClientToken: `build-omi-${build}-i-9-volume` },
    {},
    [true, 'its VM i-9 is gone or stopped', ['volume']],
  ],
  [
    'without tags, of a VM that runs',
    { ...old, ClientToken: `build-omi-${build}-${there}-volume` },
    {},
    [false, `its VM ${there} exists: run sweep on that VM`, []],
  ],
  [
    'without tags, of no VM',
    { ...old, ClientToken: `build-omi-${build}-volume` },
    {},
    [true, 'it has no tags yet, and its VM is unknown', ['volume']],
  ],
])('a volume %s', (_, volume, more, expected) => {
  expect(summary(volume, more)).toEqual(expected);
});

const state = (value: string) => ({ Key: 'build-omi:state', Value: value });
const building = { ...old, Tags: [...tags('i-9'), state('building')] };
const untagged = { ...old, ClientToken: `build-omi-${build}-i-9-snapshot` };
const omi = (ImageName: string): Image => ({
  ImageId: 'ami-1',
  ImageName,
  CreationDate: at(25),
  BlockDeviceMappings: [{ Bsu: { SnapshotId: 'snap-1' } }],
});
const goes = [true, 'its VM i-9 is gone or stopped'];
const isMapped = [false, 'ami-1 maps it, and no orphaned build created that OMI'];
test.each<readonly [string, Snapshot, readonly Image[], unknown]>([
  ['that is a product', { ...old, Tags: [...tags('i-9'), state('kept')] }, [], []],
  ['of an earlier release', { ...old, Tags: tags('i-9') }, [omi('name')], []],
  ['that is not finished', building, [], [['snapshot', ...goes]]],
  [
    'that is not finished, with its OMI',
    building,
    [omi('name')],
    [
      ['snapshot', ...goes],
      ['OMI', ...goes],
    ],
  ],
  ['that is not finished, but that another OMI maps', building, [omi('mine')], [['snapshot', ...isMapped]]],
  [
    'of a VM that runs',
    { ...old, Tags: [...tags(there), state('building')] },
    [],
    [['snapshot', false, `its VM ${there} exists: run sweep on that VM`]],
  ],
  ['that died before its tags', untagged, [], [['snapshot', ...goes]]],
  ['that lost its tags, with its OMI', untagged, [omi('name')], [['snapshot', ...isMapped]]],
  [
    'imported from another region',
    { ...old, Tags: [...tags('i-9'), { Key: 'build-omi:region', Value: 'eu-west-2' }, state('building')] },
    [],
    [['snapshot', false, 'it came from eu-west-2, where its build may be running']],
  ],
  [
    'imported from another region, without tags',
    { ...old, ClientToken: `build-omi-${build}-i-9-import-1-2` },
    [],
    [['snapshot', false, 'it came from another region, where its build may be running']],
  ],
  ['of somebody else', { ...old, Tags: [state('building')] }, [], []],
  [
    'whose OMI is young',
    building,
    [{ ...omi('name'), CreationDate: at(1) }],
    [
      ['snapshot', false, 'it is too young'],
      ['OMI', false, 'it is too young'],
    ],
  ],
])('a snapshot %s', (_, snapshot, images, expected) => {
  const snapshots = [{ SnapshotId: 'snap-1', Description: 'name', State: 'completed', ...snapshot }];
  const found = findOrphans({ volumes: [], snapshots, images, vms }, facts({}));
  expect(found.map(({ what, goes: does, why }) => [what, does, why])).toEqual(expected);
});

test('a ClientToken tells build and VM', () => {
  expect(parseToken(tokenOf({ id: build }, here, 'volume'))).toEqual({ build, vm: here });
  expect(parseToken('build-omi-0123456789ab-volume')).toEqual({ build, vm: undefined });
  expect(parseToken('build-omi-0123456789abc-volume')).toBeUndefined();
});

test('an age is told in the unit that says most', () => {
  expect([undefined, 59_999, 3 * hour, 47 * hour, 48 * hour].map(ageText)).toEqual([
    '?',
    '0 min',
    '3 h',
    '47 h',
    '2 d',
  ]);
});
