import { expect, test } from '@jest/globals';
import { type Decision, decide, newestOf } from '../../../../src/cleanup/retention/decide.js';
import { day, imageOf, inventory, now, parallel, rows, withNew } from './twenty.js';

const last = (number: number) => ({ family: 'web', last: number, age: undefined });
const ids = (decisions: readonly Decision[], wanted: (one: Decision) => boolean): string[] =>
  decisions.filter(wanted).map(({ id }) => id);

test.each(rows)(
  'of twenty OMIs in all states of use, the one of day %i is treated as it must be',
  (days, ...[, , why]) => {
    const decision = decide(withNew, last(3), parallel, now).find(({ id }) => id === `ami-${days}`);
    expect(decision?.goes).toBe(why === 'goes');
    if (why instanceof RegExp) expect(decision?.why).toMatch(why);
    else
      expect(decision?.why).toBe(
        why === 'goes' ? 'not one of the 3 newest' : 'retain_last: it is one of the 3 newest',
      );
    expect(decision?.isProtected).toBe(why instanceof RegExp);
  },
);

test('exactly the right ones go, with the snapshots that builds created for them alone', () => {
  const decisions = decide(withNew, last(3), parallel, now);
  expect(decisions).toHaveLength(20);
  const going = decisions.filter(({ goes }) => goes);
  expect(going.map(({ id, snapshots, others: left }) => [id, snapshots, left])).toEqual([
    ['ami-7', ['snap-7'], []],
    ['ami-12', ['snap-12'], ['snap-data']],
    ['ami-18', [], ['snap-18']],
    ['ami-19', ['snap-19'], []],
  ]);
});

test('an OMI that a build has yet to create counts, and the one that it replaces does not', () => {
  const newest = { id: undefined, name: 'web 1' };
  const decisions = decide(inventory, last(2), newest, now);
  expect(ids(decisions, ({ isProtected, goes }) => !isProtected && !goes)).toEqual(['ami-0']);
  expect(ids(decisions, ({ goes }) => goes)).toEqual(['ami-6', 'ami-7', 'ami-12', 'ami-18', 'ami-19']);
  expect(ids(decisions, ({ id }) => id === 'ami-1')).toEqual([]);
});

test.each([
  ['only the age', { family: 'web', last: undefined, age: 12 * day }, ['ami-18', 'ami-19']],
  ['both, of which the number keeps more', { family: 'web', last: 6, age: 6.5 * day }, ['ami-19']],
  ['both, of which the age keeps more', { family: 'web', last: 2, age: 12 * day }, ['ami-18', 'ami-19']],
  ['one', last(1), ['ami-1', 'ami-6', 'ami-7', 'ami-12', 'ami-18', 'ami-19']],
  ['more than there are', last(1000), []],
  ['another family', { family: 'web-3', last: 1, age: undefined }, []],
])('the policy decides: %s', (_, policy, gone) => {
  expect(ids(decide(withNew, policy, parallel, now), ({ goes }) => goes)).toEqual(gone);
});

test('the newest available OMI is never removed by prune, and without a date nothing is', () => {
  expect(newestOf(inventory, 'web')?.ImageId).toBe('ami-0');
  const undated = { ...inventory, images: [imageOf(0, { CreationDate: undefined }), imageOf(5)] };
  expect(newestOf(undated, 'web')?.ImageId).toBe('ami-5');
  expect(newestOf(inventory, 'web-3')).toBeUndefined();
  expect(ids(decide(inventory, last(1), { id: '' }, now), ({ goes }) => goes)).toEqual([]);
});
