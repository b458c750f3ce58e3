import { expect, test } from '@jest/globals';
import {
  newWorld,
  type StoredImage,
  type StoredLink,
  type StoredSnapshot,
  type StoredVolume,
} from '../../../../src/emulator/model/world.js';
import {
  imageState,
  linkState,
  snapshotProgress,
  snapshotState,
  volumeState,
} from '../../../../src/emulator/resources/states.js';

const start = 1_000_000;
const owned = { id: 'x', account: '1', created: start, tags: {} };
const volume: StoredVolume = { ...owned, size: 1, type: 'gp2', subregion: 'eu-west-2a' };
const link: StoredLink = { device: '/dev/xvdb', since: start, deleteOnVmDeletion: false };
const snapshot: StoredSnapshot = {
  ...owned,
  source: { volume: 'vol-1' },
  size: 1,
  description: '',
  duration: 1000,
  permissions: { accountIds: [], global: false },
};

test.each<[string, Partial<StoredVolume>, number, string]>([
  ['its file is being made', {}, 500, 'creating'],
  ['its file is there too early', { made: start + 1 }, 99, 'creating'],
  ['both have passed', { made: start + 1 }, 100, 'available'],
  ['it is attached', { made: start, link }, 100, 'in-use'],
  ['its file could not be made', { failed: 'no' }, 100, 'error'],
  ['it was deleted', { made: start, deleted: start + 200 }, 200, 'deleting'],
])('a volume when %s', (_when, more, after, state) => {
  expect(volumeState({ ...volume, ...more }, start + after, 100)).toBe(state);
});

test.each<[Partial<StoredLink>, number, string]>([
  [{}, 500, 'attaching'],
  [{ attached: start + 1 }, 99, 'attaching'],
  [{ attached: start + 1 }, 100, 'attached'],
  [{ attached: start + 1, unlinked: start + 200 }, 10_000, 'detaching'],
])('a link %j after %i ms is %s', (more, after, state) => {
  expect(linkState({ ...link, ...more }, start + after, 100)).toBe(state);
});

test.each<[Partial<StoredSnapshot>, number, string, number]>([
  [{}, 0, 'in-queue', 0],
  [{}, 199, 'in-queue', 0],
  [{}, 200, 'pending', 0],
  [{}, 600, 'pending', 49],
  [{}, 1000, 'pending', 99],
  [{}, 9999, 'pending', 99],
  [{ made: start + 1010 }, 1010, 'completed', 100],
  [{ failed: 'spoilt' }, 600, 'error', 49],
  [{ made: start + 1010, failed: 'spoilt' }, 1010, 'error', 99],
  [{ made: start + 1010, deleted: start + 1100 }, 1100, 'deleting', 100],
])('a snapshot %j after %i ms is %s at %i %%', (more, after, state, progress) => {
  const it = { ...snapshot, ...more };
  expect([snapshotState(it, start + after), snapshotProgress(it, start + after)]).toEqual([state, progress]);
});

test.each<[string, Partial<StoredSnapshot>[], number, string]>([
  ['registered', [], 99, 'pending'],
  ['registered', [], 100, 'available'],
  ['copied, one snapshot still to come', [{ made: start }, {}], 900, 'pending'],
  ['copied', [{ made: start }, { made: start }], 900, 'available'],
  ['copied, one snapshot spoilt', [{ made: start }, { failed: 'no' }], 900, 'failed'],
])('an image that was %s', (_how, copies, after, state) => {
  const world = newWorld('i-1', '1', 'eu-west-2a', start);
  copies.forEach((copy, index) => {
    world.snapshots[`snap-${index}`] = { ...snapshot, ...copy };
  });
  const image: StoredImage = {
    ...owned,
    name: 'it',
    architecture: 'x86_64',
    mappings: [],
    rootDevice: '/dev/sda1',
    bootModes: [],
    tpmMandatory: false,
    permissions: { accountIds: [], global: false },
    copies: copies.map((_copy, index) => `snap-${index}`),
    description: '',
    productCodes: [],
  };
  expect(imageState(image, world, start + after, 100)).toBe(state);
});
