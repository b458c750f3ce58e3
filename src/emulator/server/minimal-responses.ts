/**
 * Minimal responses: what a client may rely on according to the API description.
 *
 * The description requires almost no response field (of the entities used here only `Key` and `Value` of a
 * tag). Read literally, every response could be `{}`, and no client could work. These responses keep
 * identity, state and structure, and what the caller itself requested. They omit what the platform adds:
 * times, progress, tokens, aliases, constants, the request ID, explanations. Empty values (`''`, `[]`, `{}`,
 * `false`) are omitted too, except the lists at the top of a response, which are its structure. Filters apply
 * to the stored state, so also to omitted fields.
 */
const keptFields = new Set(
  [
    // structure: the results of calls and the containers within an entity
    'Accounts Vms Volume Volumes Snapshot Snapshots Image Images Tags Errors',
    'SnapshotExportTask SnapshotExportTasks ImageExportTask ImageExportTasks OsuExport',
    'LinkedVolumes BlockDeviceMappings Bsu Placement NextPageToken',
    // identity and owner
    'AccountId VmId VolumeId SnapshotId ImageId ImageName DeviceName RootDeviceName',
    'SubregionName ResourceId ResourceType Key Value TaskId',
    // state, and the cause of an error
    'State Code Type',
    // what the caller requested in a creation or an update
    'Size VolumeSize VolumeType Iops DeleteOnVmDeletion VirtualDeviceName',
    'Description Architecture BootModes ProductCodes TpmMandatory',
    'PermissionsToLaunch PermissionsToCreateVolume AccountIds GlobalPermission',
    'DiskImageFormat OsuBucket OsuPrefix',
  ].flatMap((line) => line.split(' ')),
);

/** A response without the fields that minimal responses omit. */
export function minimalResponse(answer: object): object {
  return Object.fromEntries(
    Object.entries(answer).flatMap(([name, value]) =>
      keptFields.has(name) ? [[name, stripValue(value)]] : [],
    ),
  );
}

function stripValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(minimalResponse(value)).filter(([, inner]) => !isEmpty(inner)));
}

const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === false ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
