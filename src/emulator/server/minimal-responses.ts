/**
 * Minimal responses: what a client may rely on if it takes the API's description at its word.
 *
 * The description requires almost no field of an answer (of the entities used here only `Key` and `Value` of a
 * tag), so that, taken to the letter, every answer could be `{}` and no client could exist. What is kept is
 * identity, state and structure, and what the caller itself has asked for; what is left out is what the
 * platform adds: times, progress, tokens, aliases, constants, the ID of the request, explanations. Of what is
 * kept, empty values (`''`, `[]`, `{}`, `false`) are left out too, the lists at the top of an answer excepted:
 * these are its structure. Filters work on what is stored, so also on what is not shown.
 */
const kept = new Set(
  [
    // structure: the results of calls, and what holds the parts of an entity together
    'Accounts Vms Volume Volumes Snapshot Snapshots Image Images Tags Errors',
    'LinkedVolumes BlockDeviceMappings Bsu Placement NextPageToken',
    // identity: what a thing is, and whose
    'AccountId VmId VolumeId SnapshotId ImageId ImageName DeviceName RootDeviceName',
    'SubregionName ResourceId ResourceType Key Value',
    // state, and why not
    'State Code Type',
    // what was asked for when the thing was made or changed
    'Size VolumeSize VolumeType Iops DeleteOnVmDeletion VirtualDeviceName',
    'Description Architecture BootModes ProductCodes TpmMandatory',
    'PermissionsToLaunch PermissionsToCreateVolume AccountIds GlobalPermission',
  ].flatMap((line) => line.split(' ')),
);

/** An answer without the fields that minimal responses leave out. */
export function minimalResponse(answer: object): object {
  return Object.fromEntries(
    Object.entries(answer).flatMap(([name, value]) => (kept.has(name) ? [[name, stripValue(value)]] : [])),
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
