import { expect, test } from '@jest/globals';
import { allNames, freeNames, suffixOf } from '../../../../src/host/disk/device-names.js';

test('lists every device name that the API accepts, and treats /dev/xvdX, /dev/sdX and sdX as the same name', () => {
  expect(allNames).toHaveLength(25 + 25 * 26);
  expect(new Set(allNames).size).toBe(allNames.length);
  for (const name of allNames) expect(name).toMatch(/^\/dev\/xvd[b-z][a-z]?$/);
  expect([allNames[0], allNames[24], allNames[25], allNames.at(-1)]).toEqual(
    ['b', 'z', 'ba', 'zz'].map((suffix) => `/dev/xvd${suffix}`),
  );
  expect(freeNames([])[0]).toBe('/dev/xvdb');
  expect(freeNames(['/dev/sdb', 'xvdc'])[0]).toBe('/dev/xvdd');
  expect(freeNames(allNames)).toEqual([]);
});

test('assigns 39 different names when the existing ones are spelled differently', () => {
  const taken: string[] = [];
  for (let count = 0; count < 39; count += 1) {
    const suffix = suffixOf(freeNames(taken)[0] ?? '') ?? '';
    taken.push([`/dev/xvd${suffix}`, `/dev/sd${suffix}`, `sd${suffix}`][count % 3] ?? '');
  }
  expect(taken.map(suffixOf)).toEqual(allNames.slice(0, 39).map(suffixOf));
});

test.each([
  '/dev/sda1',
  '/dev/xvda',
  '/dev/sdaa',
  '/dev/sdB',
  '/dev/xvdbcd',
  '/dev/nvme1n1',
  '/dev/xvdb1',
  'b',
  '',
])('rejects %s as a device name', (name) => {
  expect(suffixOf(name)).toBeUndefined();
});
