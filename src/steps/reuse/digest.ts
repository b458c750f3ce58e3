import { digestOfData } from '../../common/canonical.js';
import { allOptions, type BuildConfig, table } from '../../config/options/table.js';
import { renderStable } from '../../template/stable.js';
import type { TemplateData } from '../../template/types.js';
import type { Source } from '../source.js';

/** Raised when a fault mended in build-omi changes images, so that the OMIs of before are not reused. */
const format = 1;

type GroupName = keyof BuildConfig;
type OptionName = { [Group in GroupName]: keyof BuildConfig[Group] }[GroupName];

/** Options whose content is in the tasks of provisioning. */
const inTasks: readonly OptionName[] = ['files', 'scripts', 'run', 'shell', 'env', 'provisioners'];

/** The copies of an OMI are compared apart. */
const unrelatedGroups: readonly GroupName[] = ['access', 'running', 'copies'];

/** Options that do not shape an image. Names, tags and permissions are compared apart. */
const unrelated: readonly OptionName[] = [
  // The snapshot and the attributes of the source, or the checksum of its image count.
  'source_omi',
  'source_omi_filter',
  'source_image',
  'source_image_sha256',
  'root_volume_tags',
  'device_path',
  'nvme_device_path',
  'mount_path',
  'command_wrapper',
  'provision_timeout',
  'cache_size',
  'tags',
  'snapshot_tags',
  'omi_account_ids',
  'omi_groups',
  'global_permission',
  'snapshot_users',
  'snapshot_groups',
  'force_deregister',
  'force_delete_snapshot',
  'skip_create_omi',
  'keep_volume',
  'reuse',
  'reuse_max_age',
  'family',
  'retain_last',
  'retain_for',
];

const has = (names: readonly string[], name: string): boolean => names.includes(name);

/** Whether an option shapes the image. An option that is added later does, unless a list above names it. */
export const shapesImage = (group: string, name: string): boolean =>
  !has(unrelatedGroups, group) && !has(unrelated, name);

/** What an image is built from. */
export interface Ingredients {
  readonly config: BuildConfig;
  /** Of `contentOfTasks`. */
  readonly tasks: readonly object[];
  readonly source: Source | undefined;
  /** The data of the source for templates. */
  readonly data: TemplateData;
}

/**
 * The digest of what an image is built from: 64 hexadecimal digits. Templates count as far as they are the
 * same in every build.
 */
export async function digestOf({ config, tasks, source, data }: Ingredients): Promise<string> {
  return digestOfData({
    format,
    source: source && sourceContent(source),
    options: await optionsContent(config, data),
    tasks,
  });
}

/** The snapshot of the source, and what a build takes over from it. */
function sourceContent({ image, root, rootDevice, file }: Source): object {
  if (file !== undefined) return { image: file.sha256 };
  const { Architecture, BlockDeviceMappings, BootModes, ProductCodes, TpmMandatory } = image;
  return { root, rootDevice, Architecture, BlockDeviceMappings, BootModes, ProductCodes, TpmMandatory };
}

async function optionsContent(config: BuildConfig, data: TemplateData): Promise<object> {
  const content: Record<string, unknown> = {};
  for (const [group, values] of Object.entries(config)) {
    // The configuration of a Packer template has facts besides its options.
    if (!Object.hasOwn(table, group)) continue;
    for (const [name, value] of Object.entries(values)) {
      if (!shapesImage(group, name) || has(inTasks, name)) continue;
      const isTemplate = allOptions[name]?.template !== undefined;
      content[name] = isTemplate ? await stableTexts(name, value, data) : value;
    }
  }
  return content;
}

/** Renders each text of a value. */
async function stableTexts(option: string, value: unknown, data: TemplateData): Promise<unknown> {
  if (typeof value === 'string') {
    const known = { ...data, Device: '/dev/xvdf', MountPath: '/mnt' };
    return (await renderStable(option, value, known)).text;
  }
  if (!Array.isArray(value)) return value;
  return await Promise.all(value.map(async (one: unknown) => await stableTexts(option, one, data)));
}
