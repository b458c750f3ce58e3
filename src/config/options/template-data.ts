/** The build data that a build from scratch lacks: of the source, also under the names of amazon-chroot. */
export const sourceData: readonly string[] = [
  'SourceOMI',
  'SourceOMIName',
  'SourceOMITags',
  'SourceAMI',
  'SourceAMIName',
  'SourceAMITags',
];

/** Data of templates that are rendered before the volume exists. */
export const buildData: readonly string[] = ['BuildRegion', 'BuildId', ...sourceData];
