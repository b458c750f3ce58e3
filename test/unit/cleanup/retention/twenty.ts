import type { Inventory } from '../../../../src/cleanup/retention/inventory.js';
import type { Image, Snapshot } from '../../../../src/outscale/api.js';

const account = '123456789012';
/** Milliseconds. */
export const day = 86_400_000;
export const now = Date.parse('2026-03-01T00:00:00Z');
const dated = (days: number): string => new Date(now - days * day).toISOString();
const tag = (Key: string, Value = 'x'): { Key: string; Value: string } => ({ Key, Value });

export const imageOf = (days: number, more: Image = {}): Image => ({
  AccountId: account,
  ImageId: `ami-${days}`,
  ImageName: `web ${days}`,
  State: 'available',
  CreationDate: dated(days),
  RootDeviceName: '/dev/sda1',
  BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId: `snap-${days}` } }],
  PermissionsToLaunch: { AccountIds: [account], GlobalPermission: false },
  Tags: [tag('build-omi:family', 'web')],
  ...more,
});

const snapshotOf = (days: number, more: Snapshot = {}): Snapshot => ({
  AccountId: account,
  SnapshotId: `snap-${days}`,
  PermissionsToCreateVolume: { AccountIds: [], GlobalPermission: false },
  Tags: [tag('build-omi:build-id'), tag('build-omi:state', 'kept')],
  ...more,
});

const withData = (days: number, data: string): Image['BlockDeviceMappings'] => [
  { DeviceName: '/dev/sda1', Bsu: { SnapshotId: `snap-${days}` } },
  { DeviceName: '/dev/sdb', Bsu: { SnapshotId: data } },
];

/**
 * Twenty OMIs in all states of use, by their age in days. `why` is the reason of what stays although 2 are
 * retained and it is none of them.
 */
export const rows: readonly (readonly [
  days: number,
  image: Image,
  snapshot: Snapshot,
  why: RegExp | 'kept' | 'goes',
])[] = [
  [0, {}, {}, /^it is not older than the newest OMI$/],
  [1, {}, {}, 'kept'],
  [2, { State: 'pending' }, {}, /^its state is pending$/],
  [
    3,
    { Tags: [tag('build-omi:family', 'web'), tag('build-omi:keep', '')] },
    {},
    /^it has the tag build-omi:keep$/,
  ],
  [4, {}, {}, /^i-running uses it$/],
  [5, {}, {}, /^i-stopped uses it$/],
  [6, {}, {}, 'kept'],
  [7, {}, {}, 'goes'],
  [8, { PermissionsToLaunch: { AccountIds: ['210987654321'] } }, {}, /^it is shared with 210987654321$/],
  [9, { PermissionsToLaunch: { GlobalPermission: true } }, {}, /^it is shared with everybody$/],
  [10, {}, { PermissionsToCreateVolume: { AccountIds: ['2'] } }, /^its snapshot snap-10 is shared with 2$/],
  [11, {}, {}, /^ami-of-another-name maps its snapshot snap-11$/],
  [12, { BlockDeviceMappings: withData(12, 'snap-data') }, {}, 'goes'],
  [
    13,
    {},
    { Tags: [tag('build-omi:build-id'), tag('build-omi:state', 'building')] },
    /^its build has not ended$/,
  ],
  [14, {}, { AccountId: '210987654321' }, /^its snapshot snap-14 is not one of this account$/],
  [15, { BlockDeviceMappings: [] }, {}, /^its root snapshot is unknown$/],
  [16, { PermissionsToLaunch: undefined }, {}, /^nothing shows with whom it is shared$/],
  [17, { CreationDate: undefined }, {}, /^its creation date is unknown$/],
  [18, {}, { Tags: [] }, 'goes'],
  [19, {}, {}, 'goes'],
];

const others: Image[] = [
  imageOf(30, { ImageId: 'ami-of-another-name', Tags: [], BlockDeviceMappings: withData(11, 'snap-data') }),
  imageOf(31, { ImageId: 'ami-of-another-family', Tags: [tag('build-omi:family', 'web-2')] }),
  imageOf(32, { ImageId: 'ami-of-another-account', AccountId: '210987654321' }),
  imageOf(33, { ImageId: 'ami-of-unknown-account', AccountId: undefined }),
];

export const inventory: Inventory = {
  account,
  images: [...rows.map(([days, image]) => imageOf(days, image)), ...others].toReversed(),
  snapshots: rows.map(([days, , snapshot]) => snapshotOf(days, snapshot)),
  vms: [
    { VmId: 'i-this', ImageId: 'ami-base', State: 'running' },
    { VmId: 'i-running', ImageId: 'ami-4', State: 'running' },
    { VmId: 'i-stopped', ImageId: 'ami-5', State: 'stopped' },
    { VmId: 'i-gone', ImageId: 'ami-7', State: 'terminated' },
  ],
};

/** The OMI of the day 0 is made by another build at the same time, with the same date as the new one. */
export const parallel = { id: 'ami-new' };
export const withNew: Inventory = {
  ...inventory,
  images: [...inventory.images, imageOf(0, { ImageId: 'ami-new', ImageName: 'web new' })],
};
