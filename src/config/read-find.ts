import type { ReadContext } from './kit/context.js';
import { ConfigError } from './kit/issues.js';
import type { BuildConfig } from './options/table.js';
import { type AccessConfig, gather, type Read } from './read.js';
import { isComplete } from './read-table.js';

/** The options of `find`: at least one of `family` and `filter`. */
export interface FindConfig extends AccessConfig {
  readonly family: BuildConfig['image']['family'];
  readonly filter: BuildConfig['source']['source_omi_filter'];
}

/** The options of `prune`. */
export interface PruneConfig extends AccessConfig {
  readonly family: string;
  readonly image: Pick<BuildConfig['image'], 'retain_last' | 'retain_for'>;
}

/** Reads the options of `find`. @throws ConfigError with every problem */
export async function readFind(read: Read, context: ReadContext): Promise<FindConfig> {
  const { image, source, ...config } = await readAll(read, context);
  return { ...config, family: image.family, filter: source.source_omi_filter };
}

/** Reads the options of `prune`. @throws ConfigError with every problem */
export async function readPrune(read: Read, context: ReadContext): Promise<PruneConfig> {
  const { image, ...config } = await readAll(read, context);
  const { family } = image;
  if (family === undefined) throw new TypeError('family is required');
  return { ...config, family, image };
}

type Needed = Pick<BuildConfig, 'access' | 'running' | 'source' | 'image'>;

async function readAll(read: Read, context: ReadContext): Promise<Needed> {
  const { config, issues } = await gather(read, context);
  if (issues.length > 0) throw new ConfigError(issues);
  if (!isComplete(config, ['access', 'running', 'source', 'image']))
    throw new TypeError('option values are incomplete');
  return config;
}
