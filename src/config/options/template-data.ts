/** Data of templates that are rendered before the volume exists. */
export const buildData = [
  'BuildRegion',
  'BuildId',
  'SourceOMI',
  'SourceOMIName',
  'SourceOMITags',
] as const satisfies readonly string[];

/** The build data that a build from scratch lacks. */
export const sourceData: readonly string[] = ['SourceOMI', 'SourceOMIName', 'SourceOMITags'];
