/**
 * @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it.
 * @once Without dates nothing is removed: the unit tests of retention have that.
 */
import { expect, test } from '@jest/globals';
import { readImage, readSnapshot } from '../../src/outscale/calls/lookups.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { manifestAt } from '../support/manifest.js';
import { mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

/** An OMI and its snapshot, by the outputs of a step. */
const productsOf = (one: Step) => {
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '' } = one.outputs();
  return { omi, snapshot };
};

test('commit registers the OMI in the family of mount, and removes an older one by its own limit', async () => {
  const first = step(cloud, { inputs: { 'omi-name': 'pair 1', family: 'pair' } });
  successful(await first.main());
  const old = productsOf(first);
  await using halves = await mounted(cloud, 'pair 2', { inputs: { family: 'pair', 'retain-last': '5' } });
  expect(await readImage(cloud.api, old.omi)).toBeDefined();
  const end = halves.commit({ 'retain-last': '1' });
  successful(await end.main());
  const { omi } = productsOf(end);
  expect((await readImage(cloud.api, omi))?.Tags).toContainEqual({ Key: 'build-omi:family', Value: 'pair' });
  expect(await readImage(cloud.api, old.omi)).toBeUndefined();
  expect((await readSnapshot(cloud.api, old.snapshot))?.State ?? 'deleting').toBe('deleting');
  expect(manifestAt(end.outputs().manifest)).toMatchObject({
    removed: [{ id: old.omi, name: 'pair 1', snapshots: [old.snapshot] }],
  });
});
