import { expect, test } from '@jest/globals';
import { fits, flag, named, oneOf, tagFilters } from '../../../../src/emulator/resources/filters.js';
import { page } from '../../../../src/emulator/resources/pages.js';

interface Item {
  name: string;
  sizes: number[];
  isPublic: boolean;
  tags: Record<string, string>;
}
const item: Item = {
  name: 'Debian 12 (a.b)',
  sizes: [1, 2],
  isPublic: false,
  tags: { Name: 'x', os: 'debian' },
};
const filters = {
  Names: named(({ name }: Item) => name),
  Sizes: oneOf(({ sizes }: Item) => sizes),
  IsPublic: flag(({ isPublic }: Item) => isPublic),
  ...tagFilters,
};
type Wanted = Partial<{
  Names: string[];
  Sizes: number[];
  IsPublic: boolean;
  TagKeys: string[];
  TagValues: string[];
  Tags: string[];
}>;

test.each<[Wanted, boolean]>([
  [{}, true],
  [{ Names: ['Debian 12 (a.b)'] }, true],
  [{ Names: ['debian 12 (a.b)'] }, false],
  [{ Names: ['Debian*'] }, true],
  [{ Names: ['*12*b)'] }, true],
  [{ Names: ['Debian 12 (aXb)'] }, false],
  [{ Names: ['Debian'] }, false],
  [{ Names: ['other', '*'] }, true],
  [{ Names: [] }, false],
  [{ Sizes: [2, 9] }, true],
  [{ Sizes: [9] }, false],
  [{ IsPublic: false }, true],
  [{ IsPublic: true }, false],
  [{ TagKeys: ['os'] }, true],
  [{ TagValues: ['Name'] }, false],
  [{ Tags: ['os=debian'] }, true],
  [{ Tags: ['os=x'] }, false],
  [{ Names: ['Debian*'], Sizes: [9] }, false],
  [{ Names: ['Debian*'], Sizes: [1], TagKeys: ['Name'] }, true],
])('%j: %s', (wanted, isFit) => {
  expect(fits<Wanted, Item>(filters, wanted, item)).toBe(isFit);
});

const ids = (from: number, to: number): { id: string }[] =>
  Array.from({ length: to - from }, (_, index) => ({ id: `vol-${String(from + index).padStart(3, '0')}` }));

test('pages stay consistent while resources are created and deleted', () => {
  const size = { ResultsPerPage: 100 };
  const first = page(ids(0, 250), size);
  expect(first.items).toEqual(ids(0, 100));
  const second = page(ids(50, 240), { ...size, ...first.next });
  expect(second.items).toEqual(ids(100, 200));
  expect(page(ids(50, 240), { ...size, ...second.next })).toEqual({ items: ids(200, 240), next: {} });
  expect(page(ids(0, 100), size).next).toEqual({});
  // 609 images came in one answer of the real API.
  expect(page(ids(0, 609), {})).toEqual({ items: ids(0, 609), next: {} });
  expect(() => page(ids(0, 3), { ResultsPerPage: 1001 })).toThrow('ResultsPerPage');
  expect(() => page(ids(0, 3), { NextPageToken: 'nonsense' })).toThrow('NextPageToken');
});
