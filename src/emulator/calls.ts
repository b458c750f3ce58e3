import { type Operation, operations } from '../outscale/api.js';
import { readAccounts } from './accounts.js';
import { check, type Schema } from './check.js';
import type { Call, Caller, Cloud } from './cloud.js';
import { createImage } from './create-image.js';
import { createSnapshot } from './create-snapshot.js';
import { createVolume } from './create-volume.js';
import { deleteImage, readImages, updateImage } from './images.js';
import { linkVolume, unlinkVolume } from './links.js';
import { readRegions, readSubregions } from './regions.js';
import { deleteSnapshot, readSnapshots, updateSnapshot } from './snapshots.js';
import { createTags, deleteTags, readTags } from './tags.js';
import { updateVolume } from './update-volume.js';
import { readVms } from './vms.js';
import { deleteVolume, readVolumes } from './volumes.js';

/** Checks a request's body and returns what does the work, as every call of the API is seen from outside. */
export type Serve = (body: unknown, caller: Caller, cloud: Cloud) => () => object;

function serve<Request extends { readonly DryRun?: boolean | undefined }, Answer extends object>(
  { request: schema }: { readonly request: Schema<Request> },
  call: Call<Request, Answer>,
): Serve {
  return (body, caller, cloud) => {
    const request = check(schema, body);
    const work = call(request, caller, cloud);
    // "If true, checks whether you have the required permissions to perform the action."
    return request.DryRun ? () => ({}) : work;
  };
}

const calls: Record<Operation, Serve> = {
  ReadAccounts: serve(operations.ReadAccounts, readAccounts),
  ReadRegions: serve(operations.ReadRegions, readRegions),
  ReadSubregions: serve(operations.ReadSubregions, readSubregions),
  ReadVms: serve(operations.ReadVms, readVms),
  ReadVolumes: serve(operations.ReadVolumes, readVolumes),
  CreateVolume: serve(operations.CreateVolume, createVolume),
  UpdateVolume: serve(operations.UpdateVolume, updateVolume),
  DeleteVolume: serve(operations.DeleteVolume, deleteVolume),
  LinkVolume: serve(operations.LinkVolume, linkVolume),
  UnlinkVolume: serve(operations.UnlinkVolume, unlinkVolume),
  ReadSnapshots: serve(operations.ReadSnapshots, readSnapshots),
  CreateSnapshot: serve(operations.CreateSnapshot, createSnapshot),
  UpdateSnapshot: serve(operations.UpdateSnapshot, updateSnapshot),
  DeleteSnapshot: serve(operations.DeleteSnapshot, deleteSnapshot),
  ReadImages: serve(operations.ReadImages, readImages),
  CreateImage: serve(operations.CreateImage, createImage),
  UpdateImage: serve(operations.UpdateImage, updateImage),
  DeleteImage: serve(operations.DeleteImage, deleteImage),
  ReadTags: serve(operations.ReadTags, readTags),
  CreateTags: serve(operations.CreateTags, createTags),
  DeleteTags: serve(operations.DeleteTags, deleteTags),
};

/** The call of this name, if the emulator has it. */
export const callNamed = (name: string): Serve | undefined => new Map(Object.entries(calls)).get(name);

/** Whether a call changes nothing. */
export const isRead = (name: string): boolean => name.startsWith('Read');
