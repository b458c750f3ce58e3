import { expect, test } from '@jest/globals';
import { findFailedCopies, findUnusedCopies } from '../../../../src/cleanup/sweep/source-copies.js';
import type { Image } from '../../../../src/outscale/api.js';
import { copyName, copyNote } from '../../../../src/outscale/ownership.js';

const day = 86_400_000;
const now = Date.parse('2026-02-01T00:00:00Z');
const ago = (days: number): string => new Date(now - days * day).toISOString();
const source = 'ami-00000001';
const build = '0123456789ab';
const mapping = [{ Bsu: { SnapshotId: 'snap-1' } }];
const account = (...images: Image[]) => ({ volumes: [], snapshots: [], images, vms: [] });

const copy: Image = { ImageId: 'ami-1', ImageName: copyName(source), BlockDeviceMappings: mapping };
const noted = (lastUsed: string, of = source) => [
  { Key: 'build-omi:source', Value: of },
  { Key: 'build-omi:last-used', Value: lastUsed },
];

test.each<readonly [string, Image, unknown]>([
  ['used long ago', { Tags: noted(ago(31)) }, [true, `of ${source}: no build has used it since`, 2]],
  ['used lately', { Tags: noted(ago(29)) }, [false, `of ${source}: it was used recently`, 0]],
  ['without a note', {}, [false, 'its last use is unknown', 0]],
  ['noted as of another', { Tags: noted(ago(31), 'ami-2') }, [false, 'its last use is unknown', 0]],
  ['not ready', { Tags: noted(ago(31)), State: 'pending' }, undefined],
  ['of another name', { Tags: noted(ago(31)), ImageName: 'mine' }, undefined],
])('a copy %s', (_, image, expected) => {
  const [found] = findUnusedCopies(account({ ...copy, State: 'available', ...image }), 30 * day, now);
  expect(found && [found.goes, found.why, found.claims.length]).toEqual(expected);
});

test('a copy whose snapshot another OMI maps is left', () => {
  const image = { ...copy, State: 'available', Tags: noted(ago(31)) };
  const other = { ImageId: 'ami-2', ImageName: 'mine', BlockDeviceMappings: mapping };
  const [found] = findUnusedCopies(account(image, other), 30 * day, now);
  expect([found?.goes, found?.why]).toEqual([false, 'ami-2 maps the same snapshot']);
});

const failed: Image = { ...copy, State: 'failed', Description: copyNote(source, { id: build }) };
test.each<readonly [string, Image, readonly string[], unknown]>([
  ['long ago', { CreationDate: ago(2) }, [], [true, 'it failed', ['copy']]],
  ['lately', { CreationDate: ago(0.5) }, [], [false, 'it is too young', []]],
  ['at an unknown time', {}, [], [false, 'its age is unknown', []]],
  ['of a build with a ledger', { CreationDate: ago(2) }, [build], undefined],
  ['of somebody else', { CreationDate: ago(2), Description: 'mine' }, [], undefined],
])('a copy that failed %s', (_, image, known, expected) => {
  const facts = { now, olderThan: day, known: new Set(known) };
  const [found] = findFailedCopies(account({ ...failed, ...image }), facts);
  expect(found && [found.goes, found.why, found.claims.map(({ kind }) => kind)]).toEqual(expected);
});
