import type { BuildConfig } from '../../config/options/table.js';
import type { Image } from '../../outscale/api.js';
import { familyTags } from '../../outscale/ownership.js';
import { renderStable } from '../../template/stable.js';
import type { TemplateData } from '../../template/types.js';
import type { Labels, Tags } from '../labels.js';
import type { FoundCopies } from './found.js';

/** What an OMI must have to be the one that a build would create. */
export interface WantedImage {
  readonly account: string;
  readonly digest: string;
  /** Undefined if the name is another one in every build. */
  readonly name: string | undefined;
  readonly tags: WantedTags;
  readonly snapshotTags: WantedTags;
  /** The copies that a build would create of an OMI; or why one is missing. */
  readonly copiesOf: (image: Image, wanted: WantedImage) => Promise<FoundCopies | string>;
  readonly config: Pick<
    BuildConfig['image'],
    | 'omi_account_ids'
    | 'omi_groups'
    | 'global_permission'
    | 'snapshot_users'
    | 'snapshot_groups'
    | 'reuse_max_age'
  >;
}

/** Tags of a build. */
export interface WantedTags {
  readonly all: Tags;
  /** The keys whose values are others in every build. */
  readonly volatile: ReadonlySet<string>;
}

/** @param data the data of templates */
export async function wantedImage(
  digest: string,
  { account, labels }: { readonly account: string; readonly labels: Labels },
  config: BuildConfig['image'],
  data: TemplateData,
  copiesOf: WantedImage['copiesOf'],
): Promise<WantedImage> {
  const { isVolatile } = await renderStable('omi_name', config.omi_name, data);
  return {
    account,
    digest,
    name: isVolatile ? undefined : labels.name,
    tags: {
      all: { ...labels.tags, ...familyTags(config.family) },
      volatile: await volatileKeys(config.tags, data),
    },
    snapshotTags: {
      all: labels.snapshotTags,
      volatile: await volatileKeys({ ...config.tags, ...config.snapshot_tags }, data),
    },
    copiesOf,
    config,
  };
}

async function volatileKeys(templates: Tags, data: TemplateData): Promise<Set<string>> {
  const keys: string[] = [];
  for (const [key, template] of Object.entries(templates))
    if ((await renderStable('tags', template, data)).isVolatile) keys.push(key);
  return new Set(keys);
}
