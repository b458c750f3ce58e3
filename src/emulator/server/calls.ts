import { type Operation, operations } from '../../outscale/api.js';
import type { Call, Caller, Cloud } from '../resources/context.js';
import { createImage } from '../resources/create-image.js';
import { createSnapshot } from '../resources/create-snapshot.js';
import { createVolume } from '../resources/create-volume.js';
import { createImageExport, createSnapshotExport } from '../resources/exports/create-export.js';
import { deleteExport, readImageExports, readSnapshotExports } from '../resources/exports/exports.js';
import { deleteImage, readImages, updateImage } from '../resources/images.js';
import { readRegions, readSubregions } from '../resources/regions.js';
import { deleteSnapshot, readSnapshots, updateSnapshot } from '../resources/snapshots.js';
import { createTags, deleteTags, readTags } from '../resources/tags.js';
import { updateVolume } from '../resources/update-volume.js';
import { readAccounts, readVms } from '../resources/vms.js';
import { linkVolume, unlinkVolume } from '../resources/volume-links.js';
import { deleteVolume, readVolumes } from '../resources/volumes.js';
import { check, type Schema } from './check.js';

/** Checks a request body and returns the function that carries out the call. */
export type Serve = (body: unknown, caller: Caller, cloud: Cloud) => () => object;

function serve<Request extends { readonly DryRun?: boolean | undefined }, Answer extends object>(
  { request: schema }: { readonly request: Schema<Request> },
  call: Call<Request, Answer>,
): Serve {
  return (body, caller, cloud) => {
    const request = check(schema, body);
    const run = call(request, caller, cloud);
    // "If true, checks whether you have the required permissions to perform the action."
    return request.DryRun ? () => ({}) : run;
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
  CreateSnapshotExportTask: serve(operations.CreateSnapshotExportTask, createSnapshotExport),
  ReadSnapshotExportTasks: serve(operations.ReadSnapshotExportTasks, readSnapshotExports),
  CreateImageExportTask: serve(operations.CreateImageExportTask, createImageExport),
  ReadImageExportTasks: serve(operations.ReadImageExportTasks, readImageExports),
  DeleteExportTask: serve(operations.DeleteExportTask, deleteExport),
  ReadTags: serve(operations.ReadTags, readTags),
  CreateTags: serve(operations.CreateTags, createTags),
  DeleteTags: serve(operations.DeleteTags, deleteTags),
};

/** The call of this name, if the emulator supports it. */
export const callNamed = (name: string): Serve | undefined => new Map(Object.entries(calls)).get(name);

/** Whether a call changes nothing. */
export const isRead = (name: string): boolean => name.startsWith('Read');
