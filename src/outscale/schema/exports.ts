import * as z from 'zod';
import {
  allOptional,
  entity,
  readRequest,
  readResponse,
  request,
  resourceTag,
  response,
  texts,
} from './common.js';

/** Schema `OsuExportToCreate`. */
const exportToCreate = z.strictObject({
  DiskImageFormat: z.string(),
  OsuBucket: z.string(),
  ...allOptional({
    OsuApiKey: allOptional({ ApiKeyId: z.string(), SecretKey: z.string() }),
    OsuManifestUrl: z.string(),
    OsuPrefix: z.string(),
  }).shape,
});

/** Schemas `OsuExportSnapshotExportTask` and `OsuExportImageExportTask`. */
const exported = <Shape extends z.core.$ZodShape>(more: Shape) =>
  z.object({
    DiskImageFormat: z.string(),
    OsuBucket: z.string(),
    ...entity({ OsuPrefix: z.string(), ...more }).shape,
  });

const task = {
  Comment: z.string(),
  Progress: z.int(),
  State: z.string(),
  Tags: z.array(resourceTag),
  TaskId: z.string(),
};

/**
 * Schema `SnapshotExportTask`; `State` is `pending`, `active`, `completed`, `cancelled` or `failed`;
 * `Progress` in percent.
 */
export const snapshotExportTask = entity({ ...task, OsuExport: exported({}), SnapshotId: z.string() });

/** Schema `ImageExportTask`; `State` is `pending/queued`, `pending`, `completed`, `failed` or `cancelled`. */
export const imageExportTask = entity({
  ...task,
  ImageId: z.string(),
  OsuExport: exported({ OsuManifestUrl: z.string() }),
});

export const exportOperations = {
  CreateSnapshotExportTask: {
    request: request({ OsuExport: exportToCreate, SnapshotId: z.string() }, {}),
    response: response({ SnapshotExportTask: snapshotExportTask }),
  },
  ReadSnapshotExportTasks: {
    request: readRequest({ SnapshotIds: texts, TaskIds: texts }),
    response: readResponse({ SnapshotExportTasks: z.array(snapshotExportTask) }),
  },
  CreateImageExportTask: {
    request: request({ ImageId: z.string(), OsuExport: exportToCreate }, {}),
    response: response({ ImageExportTask: imageExportTask }),
  },
  ReadImageExportTasks: {
    request: readRequest({ ImageIds: texts, TaskIds: texts }),
    response: readResponse({ ImageExportTasks: z.array(imageExportTask) }),
  },
  DeleteExportTask: { request: request({ ExportTaskId: z.string() }, {}), response: response({}) },
} as const;
