/** What a build hands to the workflow, by name. */
export const outputs = {
  'omi-id': 'ID of the new OMI.',
  'omi-name': 'Name of the new OMI.',
  'snapshot-id': 'ID of the snapshot of the root volume.',
  'snapshot-ids': 'IDs of all snapshots that this build made, a JSON list.',
  'source-omi-id': 'ID of the OMI that the build started from.',
  region: 'Region that the OMI is in.',
  'build-id': 'ID of the build, which its resources and log lines carry.',
  manifest: 'Path of a JSON file with ids, names, sizes, source and timings.',
} as const;

/** What `mount` hands to the steps after it. */
export const mountOutputs = {
  'mount-path': 'Where the chroot is.',
  device: 'The disk of the volume, as the kernel calls it.',
  'volume-id': 'ID of the volume.',
  'build-id': 'ID of the build, which `commit` takes.',
  region: outputs.region,
  'source-omi-id': outputs['source-omi-id'],
} as const;

export type OutputName = keyof typeof outputs | keyof typeof mountOutputs;
