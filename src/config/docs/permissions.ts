/** Calls of the API that builds with certain options need. */
export interface Feature {
  /** What needs the calls, in docs/reference/permissions.md. */
  readonly name: string;
  /** Inputs that need these calls; none: every build does. */
  readonly inputs: readonly string[];
  /** Names of operations of the API, as in `src/outscale/api.ts`. */
  readonly calls: readonly string[];
}

/** What a build cannot do without. */
const required: Feature = {
  name: 'every build',
  inputs: [],
  calls: [
    'ReadVms',
    'ReadImages',
    'ReadVolumes',
    'ReadSnapshots',
    'CreateVolume',
    'LinkVolume',
    'UnlinkVolume',
    'DeleteVolume',
    'CreateSnapshot',
    'DeleteSnapshot',
    'CreateImage',
    'DeleteImage',
  ],
};

/**
 * The calls of the API, by feature: the one table behind the permissions page, the policies to paste and the
 * tests, which allow a workflow exactly these calls.
 */
export const features: readonly Feature[] = [
  required,
  { name: 'every build, recommended', inputs: [], calls: ['ReadAccounts', 'CreateTags'] },
  { name: 'tags', inputs: ['tags', 'snapshot-tags', 'root-volume-tags'], calls: ['CreateTags'] },
  {
    name: 'sharing the OMI',
    inputs: ['omi-account-ids', 'omi-groups', 'global-permission'],
    calls: ['UpdateImage'],
  },
  { name: 'replacing a shared OMI', inputs: ['force-deregister'], calls: ['UpdateImage'] },
  { name: 'sharing the snapshot', inputs: ['snapshot-users', 'snapshot-groups'], calls: ['UpdateSnapshot'] },
  { name: 'a family of OMIs', inputs: ['family'], calls: ['CreateTags'] },
  {
    name: 'deleting older OMIs of a family',
    inputs: ['retain-last', 'retain-for'],
    calls: ['ReadAccounts', 'ReadVms', 'ReadImages', 'ReadSnapshots', 'DeleteImage', 'DeleteSnapshot'],
  },
  {
    name: 'deleting the snapshots of a replaced OMI',
    inputs: ['force-delete-snapshot'],
    calls: ['ReadTags'],
  },
  {
    name: 'exporting',
    inputs: ['export'],
    calls: [
      'CreateSnapshotExportTask',
      'ReadSnapshotExportTasks',
      'CreateImageExportTask',
      'ReadImageExportTasks',
      'DeleteExportTask',
    ],
  },
  {
    name: 'copying to other regions',
    inputs: ['omi-regions'],
    calls: ['CreateSnapshotExportTask', 'ReadSnapshotExportTasks', 'DeleteExportTask'],
  },
];

/** What a build needs without the recommended calls. */
export const requiredCalls: readonly string[] = required.calls;

/** All calls of a build that has these inputs, in the order of the table. @param inputs kebab-case names */
export function callsOf(inputs: readonly string[]): string[] {
  const needed = features.filter(
    (feature) => feature.inputs.length === 0 || feature.inputs.some((input) => inputs.includes(input)),
  );
  return [...new Set(needed.flatMap(({ calls }) => calls))];
}

/**
 * An EIM policy that allows these calls, as JSON, in the format of the user guide of Outscale ("EIM Policy
 * Elements"). Policies apply to all resources.
 */
export const policyOf = (calls: readonly string[]): string =>
  JSON.stringify(
    { Statement: [{ Effect: 'Allow', Action: calls.map((call) => `api:${call}`), Resource: ['*'] }] },
    undefined,
    2,
  );
