import { expect, test } from '@jest/globals';
import { sameShares, sharedWith } from '../../../../src/outscale/calls/permissions.js';

const [own, other, third] = ['123456789012', '210987654321', '222222222222'];

test.each([
  [[], false, undefined],
  [[], true, { GlobalPermission: true }],
  [[own], false, undefined],
  [[own, own], true, { GlobalPermission: true }],
  [[other, own, third, other], false, { AccountIds: [other, third] }],
  [[other], true, { AccountIds: [other], GlobalPermission: true }],
])('permissions for %j, everybody %s: %j', (accounts, everybody, expected) => {
  expect(sharedWith(accounts, everybody, own)).toEqual(expected);
});

test.each([
  [undefined, undefined, true],
  [undefined, { AccountIds: [own] }, true],
  [undefined, { AccountIds: [other] }, false],
  [undefined, { GlobalPermission: true }, false],
  [{ AccountIds: [other, third] }, { AccountIds: [own, third, other], GlobalPermission: false }, true],
  [{ AccountIds: [other] }, { AccountIds: [third] }, false],
  [{ AccountIds: [other] }, undefined, false],
  [{ GlobalPermission: true }, { GlobalPermission: true }, true],
])('of %j, a resource with %j has exactly these: %s', (asked, found, expected) => {
  expect(sameShares(asked, found, own)).toBe(expected);
});
