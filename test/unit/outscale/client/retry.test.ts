import { describe, expect, test } from '@jest/globals';
import type { Operation, RequestOf } from '../../../../src/outscale/api.js';
import { isRepeatable, nextDelay } from '../../../../src/outscale/client/retry.js';
import { ApiError } from '../../../../src/outscale/errors.js';

const refused = (status: number, code: string, retryAfter?: number) =>
  new ApiError('ReadVms', { status, code }, 'req-1', retryAfter);
const throttled = refused(503, '6');

describe('the next delay', () => {
  test.each<[string, unknown, number, number, number, number | 'give up']>([
    ['full jitter from 0', throttled, 1, 0, 0, 0],
    ['up to 200 ms after the first attempt', throttled, 1, 0, 1, 200],
    ['doubling', throttled, 2, 0, 1, 400],
    ['doubling', throttled, 5, 0, 0.5, 1_600],
    ['up to 10 s', throttled, 40, 0, 1, 10_000],
    ['within the budget', throttled, 9, 109_999, 1, 10_000],
    ['beyond the budget', throttled, 9, 110_001, 1, 'give up'],
    ['Retry-After', refused(429, '24', 7_000), 1, 0, 1, 7_000],
    ['longer than Retry-After', refused(429, '24', 1_000), 4, 0, 1, 1_600],
    ['Retry-After beyond the budget', refused(429, '24', 121_000), 1, 0, 1, 'give up'],
    ['server errors', refused(500, ''), 1, 0, 1, 200],
    ['authentication', refused(401, '1'), 1, 0, 1, 'give up'],
    ['other refusals', refused(400, '4045'), 1, 0, 1, 'give up'],
    ['an error of another kind', new Error('x'), 1, 0, 1, 'give up'],
  ])('%s: %s', (_, error, attempt, elapsed, random, expected) => {
    expect(nextDelay(error, attempt, elapsed, random, 120_000)).toBe(expected);
  });
});

const can = <Op extends Operation>(operation: Op, request: RequestOf<Op>) => isRepeatable(operation, request);

describe('whether a call can be repeated without a lookup', () => {
  test.each<[string, boolean, boolean]>([
    ['ReadVolumes', can('ReadVolumes', {}), true],
    ['ReadAccounts', can('ReadAccounts', {}), true],
    ['DeleteVolume', can('DeleteVolume', { VolumeId: 'v' }), true],
    ['DeleteTags', can('DeleteTags', { ResourceIds: ['v'], Tags: [] }), true],
    ['CreateTags', can('CreateTags', { ResourceIds: ['v'], Tags: [] }), true],
    ['UpdateImage', can('UpdateImage', { ImageId: 'i' }), true],
    ['UpdateSnapshot', can('UpdateSnapshot', { SnapshotId: 's', PermissionsToCreateVolume: {} }), true],
    ['CreateVolume with a token', can('CreateVolume', { SubregionName: 'a', ClientToken: 't' }), true],
    ['CreateSnapshot with a token', can('CreateSnapshot', { VolumeId: 'v', ClientToken: 't' }), true],
    ['CreateVolume without', can('CreateVolume', { SubregionName: 'a' }), false],
    ['CreateSnapshot without', can('CreateSnapshot', { VolumeId: 'v', ClientToken: undefined }), false],
    ['CreateImage', can('CreateImage', { ImageName: 'n' }), false],
    ['LinkVolume', can('LinkVolume', { VolumeId: 'v', VmId: 'i', DeviceName: '/dev/xvdb' }), false],
    ['UnlinkVolume', can('UnlinkVolume', { VolumeId: 'v' }), false],
  ])('%s', (_, actual, expected) => expect(actual).toBe(expected));
});
