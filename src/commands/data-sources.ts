import { BuildError } from '../common/errors.js';
import type { TemplateFacts } from '../config/input/packer.js';
import type { Image } from '../outscale/api.js';
import { accountOf } from '../outscale/calls/account.js';
import type { Cloud } from '../outscale/client/client.js';
import { chooseImage, findImages } from '../outscale/images/find.js';
import type { DataSource, FoundImage } from '../packer/hcl/read.js';
import { architecture } from '../steps/source.js';

/** The OMIs that data sources have found, by their names. */
export type FoundImages = ReadonlyMap<string, FoundImage>;

/** A configuration, and a way to read it again with the values of data sources. */
export interface ReadOnce<C> {
  readonly config: C;
  readonly again: (images: FoundImages) => Promise<C>;
}

/**
 * Reads the data sources of a template, and the configuration again with their values. It only reads from the
 * cloud.
 * @param vm a VM of the account
 * @throws BuildError if a data source does not find exactly one OMI
 */
export async function readDataSources<C extends { readonly template?: TemplateFacts }>(
  { config: first, again }: ReadOnce<C>,
  cloud: Cloud,
  vm: string,
): Promise<C> {
  let config = first;
  const images = new Map<string, FoundImage>();
  // The value of one data source may be an argument of another one.
  for (let data = asked(config); data.length > 0; data = asked(config)) {
    for (const one of data) images.set(one.name, await find(one, cloud, vm));
    config = await again(images);
  }
  return config;
}

const asked = ({ template }: { readonly template?: TemplateFacts }): readonly DataSource[] =>
  template?.data ?? [];

async function find(
  { name, filters, owners, mostRecent }: DataSource,
  cloud: Cloud,
  vm: string,
): Promise<FoundImage> {
  const account = owners.includes('self') ? await accountOf(cloud, vm) : '';
  try {
    const found = await findImages(cloud, account, { filters, owners, architecture });
    return describe(chooseImage(found, mostRecent));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    const { hint, output } = error;
    throw new BuildError(error.message.replace(/^source_omi_filter/, `data.${name}`), {
      ...(hint === undefined ? {} : { hint }),
      output,
      cause: error,
    });
  }
}

const describe = (image: Image): FoundImage => ({
  id: image.ImageId ?? '',
  name: image.ImageName ?? '',
  owner: image.AccountId ?? '',
  owner_name: image.AccountAlias ?? '',
  creation_date: image.CreationDate ?? '',
  tags: new Map((image.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
});
