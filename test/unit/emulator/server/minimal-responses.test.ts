import { expect, test } from '@jest/globals';
import { minimalResponse } from '../../../../src/emulator/server/minimal-responses.js';

test.each<[string, object, object]>([
  [
    'identity, state and structure stay; times, tokens and request IDs go',
    {
      Volume: {
        VolumeId: 'vol-1',
        State: 'creating',
        Size: 2,
        CreationDate: 'now',
        ClientToken: 't',
        LinkedVolumes: [],
        Tags: [],
      },
      ResponseContext: { RequestId: 'r' },
    },
    { Volume: { VolumeId: 'vol-1', State: 'creating', Size: 2 } },
  ],
  [
    'tags and a description stay unless they are empty',
    {
      Snapshots: [
        { SnapshotId: 'a', Description: '', Progress: 3, Tags: [{ Key: 'k', Value: 'v' }] },
        { Description: 'd' },
      ],
    },
    { Snapshots: [{ SnapshotId: 'a', Tags: [{ Key: 'k', Value: 'v' }] }, { Description: 'd' }] },
  ],
  [
    'a list without entries is still a list',
    { Volumes: [], ResponseContext: { RequestId: 'r' } },
    { Volumes: [] },
  ],
  [
    'empty permissions are omitted',
    { Image: { ImageId: 'ami-1', PermissionsToLaunch: { AccountIds: [], GlobalPermission: false } } },
    { Image: { ImageId: 'ami-1' } },
  ],
  [
    'an error keeps code and type',
    { Errors: [{ Code: '1', Type: 'AccessDenied', Details: 'because' }] },
    { Errors: [{ Code: '1', Type: 'AccessDenied' }] },
  ],
])('%s', (_what, response, minimal) => {
  expect(minimalResponse(response)).toEqual(minimal);
});
