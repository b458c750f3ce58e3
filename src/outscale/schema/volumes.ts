import * as z from 'zod';
import {
  entity,
  integers,
  readRequest,
  readResponse,
  request,
  resourceTag,
  response,
  tagFilters,
  texts,
} from './common.js';

/** Schema `LinkedVolume`; `State` is `attaching`, `attached`, `detaching` or `detached`. */
export const linkedVolume = entity({
  DeleteOnVmDeletion: z.boolean(),
  DeviceName: z.string(),
  State: z.string(),
  VmId: z.string(),
  VolumeId: z.string(),
});

/** Schema `Volume`; `State` is `creating`, `available`, `in-use`, `deleting` or `error`; `Size` in GiB. */
export const volume = entity({
  ClientToken: z.string(),
  CreationDate: z.string(),
  Iops: z.int(),
  LinkedVolumes: z.array(linkedVolume),
  Size: z.int(),
  SnapshotId: z.string(),
  State: z.string(),
  SubregionName: z.string(),
  Tags: z.array(resourceTag),
  VolumeId: z.string(),
  VolumeType: z.string(),
});

const VolumeId = z.string();

export const volumeOperations = {
  ReadVolumes: {
    request: readRequest({
      ClientTokens: texts,
      CreationDates: texts,
      LinkVolumeDeleteOnVmDeletion: z.boolean(),
      LinkVolumeDeviceNames: texts,
      LinkVolumeLinkDates: texts,
      LinkVolumeLinkStates: texts,
      LinkVolumeVmIds: texts,
      SnapshotIds: texts,
      SubregionNames: texts,
      ...tagFilters,
      VolumeIds: texts,
      VolumeSizes: integers,
      VolumeStates: texts,
      VolumeTypes: texts,
    }),
    response: readResponse({ Volumes: z.array(volume) }),
  },
  CreateVolume: {
    request: request(
      { SubregionName: z.string() },
      {
        ClientToken: z.string(),
        Iops: z.int(),
        Size: z.int(),
        SnapshotId: z.string(),
        VolumeType: z.string(),
      },
    ),
    response: response({ Volume: volume }),
  },
  DeleteVolume: { request: request({ VolumeId }, {}), response: response({}) },
  UpdateVolume: {
    request: request({ VolumeId }, { Iops: z.int(), Size: z.int(), VolumeType: z.string() }),
    response: response({ Volume: volume }),
  },
  LinkVolume: {
    request: request({ DeviceName: z.string(), VmId: z.string(), VolumeId }, {}),
    response: response({}),
  },
  UnlinkVolume: {
    request: request({ VolumeId }, { ForceUnlink: z.boolean() }),
    response: response({}),
  },
} as const;
