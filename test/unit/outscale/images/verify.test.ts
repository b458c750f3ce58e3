import { expect, test } from '@jest/globals';
import { differences } from '../../../../src/outscale/images/verify.js';

const owner = '123456789012';
const asked = { request: { ImageName: 'one' }, tags: [], shared: undefined };

test('an attribute that the API adds to every OMI is not a difference', () => {
  const image = {
    ImageName: 'one',
    AccountId: owner,
    BootModes: ['legacy' as const],
    ProductCodes: ['0001'],
    PermissionsToLaunch: { AccountIds: [owner], GlobalPermission: false },
  };
  expect(differences(asked, image)).toEqual({ missing: [], added: [] });
});

test('any other added attribute is a difference, and so is a missing one', () => {
  const image = {
    ImageName: 'one',
    AccountId: owner,
    BootModes: ['uefi' as const],
    ProductCodes: ['0002', '0001'],
    PermissionsToLaunch: { AccountIds: [owner, '210987654321'] },
  };
  expect(differences({ ...asked, request: { ...asked.request, ProductCodes: ['0003'] } }, image)).toEqual({
    missing: ['product codes: 0003 is missing'],
    added: [
      'boot modes: uefi was added',
      'product codes: 0002 was added',
      'shared with: 210987654321 was added',
    ],
  });
});
