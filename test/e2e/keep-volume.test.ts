import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import type { Volume } from '../../src/outscale/api.js';
import { readVolume } from '../../src/outscale/calls/lookups.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { manifestAt } from '../support/manifest.js';
import { successful } from '../support/process.js';
import { sweep } from '../support/sweep.js';

const cloud = useCloud();
let before: string[];
beforeEach(async () => {
  before = await cloud.resources();
});

const job = (inputs: Readonly<Record<string, string>>): Step =>
  step(cloud, { inputs: { 'root-volume-tags': 'for=ever', ...inputs } });
const tagsOf = ({ Tags = [] }: Volume = {}): Record<string, string> =>
  Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));

test('keep-volume keeps the volume beside the OMI: post, a later build and sweep leave it', async () => {
  const one = job({ 'omi-name': 'kept beside', 'keep-volume': 'true' });
  const main = successful(await one.main());
  successful(await one.post());
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '', 'volume-id': id = '' } = one.outputs();
  expect(main.text).toContain(`${id}: kept`);
  const volume = await readVolume(cloud.api, id);
  expect([volume?.State, volume?.LinkedVolumes ?? []]).toEqual(['available', []]);
  expect(tagsOf(volume)).toMatchObject({
    for: 'ever',
    'build-omi:state': 'kept',
    'build-omi:build-id': one.outputs()['build-id'],
  });
  expect(manifestAt(one.outputs().manifest)).toMatchObject({ omi: { id: omi }, volume: { id, sizeGiB: 1 } });
  const after = step(cloud, { inputs: { 'omi-name': 'after kept', 'state-dir': one.stateDir } });
  successful(await after.main());
  await sleep(1100);
  const swept = successful(await sweep(cloud, one.stateDir, ['--yes', '--older-than', '1s']));
  expect(swept.text).toContain('Nothing to remove.');
  const { 'omi-id': next = '', 'snapshot-id': its = '' } = after.outputs();
  expect(await cloud.resources()).toEqual([...before, omi, snapshot, id, next, its].sort());
});

test('keep-volume: only makes neither snapshot nor OMI', async () => {
  const one = job({ 'omi-name': 'story-source', 'keep-volume': 'only' });
  cloud.requests();
  // Its name is not registered, so it may be in use.
  successful(await one.main());
  expect(cloud.requests().map(({ operation }) => operation)).not.toContain('CreateSnapshot');
  successful(await one.post());
  const { 'omi-id': omi, 'snapshot-id': snapshot, 'volume-id': id = '' } = one.outputs();
  expect([omi, snapshot]).toEqual([undefined, undefined]);
  expect(await cloud.resources()).toEqual([...before, id].sort());
  expect(manifestAt(one.outputs().manifest)).toMatchObject({ snapshots: [], volume: { id } });
});

test('keep-volume beside the snapshot alone', async () => {
  const one = job({ 'omi-name': 'kept snapshot', 'skip-create-omi': 'true', 'keep-volume': 'true' });
  successful(await one.main());
  successful(await one.post());
  const { 'snapshot-id': snapshot = '', 'volume-id': id = '' } = one.outputs();
  expect(await cloud.resources()).toEqual([...before, snapshot, id].sort());
});

test('a volume that cannot be tagged fails the build before provisioning', async () => {
  cloud.fail([{ operation: 'CreateTags', fault: 'refuse' }]);
  const one = step(cloud, { inputs: { 'omi-name': 'untagged', 'keep-volume': 'only', run: 'echo started' } });
  const main = await one.main();
  cloud.fail([]);
  expect(main.code).toBe(1);
  expect(main.text).toMatch(/::error.*keep_volume: the API refused the tag/);
  expect(main.text).not.toMatch(/^started$/m);
  expect(await cloud.resources()).toEqual(before);
});

test('a failure after the tag removes volume, snapshot and OMI, and clears their outputs', async () => {
  cloud.fail([{ operation: 'CreateTags', fault: 'refuse', skip: 4 }]);
  const one = job({ 'omi-name': 'not kept', tags: 'a=b', 'keep-volume': 'true' });
  const main = await one.main();
  cloud.fail([]);
  expect(main.code).toBe(1);
  expect(one.outputs()).toMatchObject({ 'omi-id': '', 'snapshot-id': '' });
  expect(one.outputs()['volume-id'] ?? '').toBe('');
  expect(await cloud.resources()).toEqual(before);
});
