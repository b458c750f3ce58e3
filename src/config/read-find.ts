import type { ReadContext } from './kit/context.js';
import { ConfigError } from './kit/issues.js';
import type { BuildConfig } from './options/table.js';
import { type AccessConfig, gather, type Read } from './read.js';
import { isComplete } from './read-table.js';

/** The options of `find`. */
export interface FindConfig extends AccessConfig {
  readonly filter: NonNullable<BuildConfig['source']['source_omi_filter']>;
}

/** Reads the options of `find`. @throws ConfigError with every problem */
export async function readFind(read: Read, context: ReadContext): Promise<FindConfig> {
  const { config, issues } = await gather(read, context);
  if (issues.length > 0) throw new ConfigError(issues);
  if (!isComplete(config, ['access', 'source', 'running']))
    throw new TypeError('option values are incomplete');
  const filter = config.source.source_omi_filter;
  if (filter === undefined)
    throw new ConfigError([
      { option: 'source-omi-filter', problem: 'is missing', fix: 'write the filters and owners of the OMI' },
    ]);
  return { ...config, filter };
}
