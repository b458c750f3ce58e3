import * as z from 'zod';
import {
  entity,
  integers,
  permissionsChange,
  permissionsOnResource,
  readRequest,
  readResponse,
  request,
  resourceTag,
  response,
  tagFilters,
  texts,
} from './common.js';

/** Schema `Snapshot`; `State` is `in-queue`, `pending`, `completed`, `error`…; `Progress` in percent. */
export const snapshot = entity({
  AccountAlias: z.string(),
  AccountId: z.string(),
  ClientToken: z.string(),
  CreationDate: z.string(),
  Description: z.string(),
  PermissionsToCreateVolume: permissionsOnResource,
  Progress: z.int(),
  SnapshotId: z.string(),
  State: z.string(),
  Tags: z.array(resourceTag),
  VolumeId: z.string(),
  VolumeSize: z.int(),
});

const SnapshotId = z.string();

export const snapshotOperations = {
  ReadSnapshots: {
    request: readRequest({
      AccountAliases: texts,
      AccountIds: texts,
      ClientTokens: texts,
      Descriptions: texts,
      FromCreationDate: z.string(),
      PermissionsToCreateVolumeAccountIds: texts,
      PermissionsToCreateVolumeGlobalPermission: z.boolean(),
      Progresses: integers,
      SnapshotIds: texts,
      States: texts,
      ...tagFilters,
      ToCreationDate: z.string(),
      VolumeIds: texts,
      VolumeSizes: integers,
    }),
    response: readResponse({ Snapshots: z.array(snapshot) }),
  },
  CreateSnapshot: {
    request: request(
      {},
      {
        ClientToken: z.string(),
        Description: z.string(),
        FileLocation: z.string(),
        SnapshotSize: z.int(),
        SourceRegionName: z.string(),
        SourceSnapshotId: z.string(),
        VolumeId: z.string(),
      },
    ),
    response: response({ Snapshot: snapshot }),
  },
  UpdateSnapshot: {
    request: request({ PermissionsToCreateVolume: permissionsChange, SnapshotId }, {}),
    response: response({ Snapshot: snapshot }),
  },
  DeleteSnapshot: { request: request({ SnapshotId }, {}), response: response({}) },
} as const;
