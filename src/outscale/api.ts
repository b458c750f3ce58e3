import type * as z from 'zod';
import type { permissionsChange, permissionsOnResource, resourceTag } from './schema/common.js';
import { exportOperations, type imageExportTask, type snapshotExportTask } from './schema/exports.js';
import {
  type blockDeviceMappingImage,
  type bsuToCreate,
  type image,
  imageOperations,
} from './schema/images.js';
import { regionOperations, type subregion } from './schema/regions.js';
import { type snapshot, snapshotOperations } from './schema/snapshots.js';
import { type tag, tagOperations } from './schema/tags.js';
import { type blockDeviceMappingCreated, type vm, vmOperations } from './schema/vms.js';
import { type linkedVolume, type volume, volumeOperations } from './schema/volumes.js';

/**
 * Schemas of the requests and responses of the Outscale API calls that this project makes or its emulator
 * serves. The emulator and the tests validate with them. The client uses only the types, so that an action
 * does not load zod.
 */
export const operations = {
  ...exportOperations,
  ...imageOperations,
  ...regionOperations,
  ...snapshotOperations,
  ...tagOperations,
  ...vmOperations,
  ...volumeOperations,
} as const;

export type Operation = keyof typeof operations;
export type RequestOf<Op extends Operation> = z.input<(typeof operations)[Op]['request']>;
export type ResponseOf<Op extends Operation> = z.output<(typeof operations)[Op]['response']>;

export type BlockDeviceMappingCreated = z.output<typeof blockDeviceMappingCreated>;
export type BlockDeviceMappingImage = z.output<typeof blockDeviceMappingImage>;
export type BsuToCreate = z.output<typeof bsuToCreate>;
export type Image = z.output<typeof image>;
export type ImageExportTask = z.output<typeof imageExportTask>;
export type LinkedVolume = z.output<typeof linkedVolume>;
export type PermissionsOnResource = z.output<typeof permissionsOnResource>;
export type PermissionsChange = z.output<typeof permissionsChange>;
export type ResourceTag = z.output<typeof resourceTag>;
export type Snapshot = z.output<typeof snapshot>;
export type SnapshotExportTask = z.output<typeof snapshotExportTask>;
export type Subregion = z.output<typeof subregion>;
export type Tag = z.output<typeof tag>;
export type Vm = z.output<typeof vm>;
export type Volume = z.output<typeof volume>;
