/** The outputs of a build, by name. */
export const outputs = {
  'omi-id': 'ID of the new OMI.',
  'omi-name': 'Name of the new OMI.',
  'snapshot-id': 'ID of the snapshot of the root volume.',
  'snapshot-ids': 'IDs of all snapshots that the build created, as a JSON list.',
  'volume-id': 'ID of the volume, if `keep-volume` keeps it.',
  'source-omi-id': 'ID of the source OMI.',
  region: 'Region of the OMI.',
  'build-id': 'ID of the build. The tags of its resources and its log lines contain it.',
  'console-log':
    'Path of the file with the serial console of the boot test. Set once the test starts, also if it fails.',
  'omi-ids': 'IDs of the OMI by region, as a JSON map, if `omi-regions` is set.',
  'export-url': 'URL of the exported disk image, if `export` is set.',
  'export-manifest': 'URL of the manifest of the exported OMI, if `export` has `manifest: true`.',
  manifest:
    'Path of a JSON file about the build: IDs, source, options, changes in the image, timings. Also written if the build fails.',
  reused: '`true` if `reuse: unchanged` returned an existing OMI, else `false`.',
  sbom: 'Path of the SBOM of the OMI, if `sbom` is set.',
} as const;

const { reused: _reused, ...outputsOfCommit } = outputs;

/** The outputs of `commit`. */
export const commitOutputs = outputsOfCommit;

/** The outputs of `mount`, for the steps that follow it. */
export const mountOutputs = {
  'mount-path': 'Path of the chroot directory.',
  device: 'Block device of the volume, by its kernel name.',
  'volume-id': 'ID of the root volume.',
  'build-id': 'ID of the build. Pass it to `commit`.',
  region: outputs.region,
  'source-omi-id': outputs['source-omi-id'],
} as const;

/** The outputs of `find`. */
export const foundOutputs = {
  'omi-id': 'ID of the OMI.',
  'omi-name': 'Name of the OMI.',
  'snapshot-id': 'ID of the snapshot of its root volume.',
  region: outputs.region,
} as const;

export type OutputName = keyof typeof outputs | keyof typeof mountOutputs;
