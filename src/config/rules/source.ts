import type { Issue } from '../kit/issues.js';
import { kebab } from '../kit/option.js';
import { allOptions, type PartialConfig } from '../options/table.js';
import { isUrl } from '../types/source-image.js';
import type { RuleContext } from './context.js';

const sources = ['source_omi', 'source_omi_filter', 'source_image'];

/** Options that only the end of a build needs; `commit` may set them. */
const neededAtTheEnd = ['root_device_name', 'omi_block_device_mappings'];

/**
 * Options that an empty volume requires because no source provides them, with the end of the hint "write …".
 */
const neededFromScratch: Readonly<Record<string, string>> = {
  root_volume_size: 'the volume size in GiB',
  root_device_name: '/dev/sda1',
  pre_mount_commands: 'the commands that create partitions and filesystems',
  omi_block_device_mappings: 'the devices of the OMI, including its root device',
};

/** Checks the options that a build from a source, or from scratch, requires or excludes. */
export function checkSource(config: PartialConfig, context: RuleContext): Issue[] {
  const image = sourceImage(config, context);
  return [...image, ...(config.source?.from_scratch ? fromScratch(config, context) : fromSource(context))];
}

/** An image excludes an OMI, and a URL needs a checksum. */
function sourceImage({ source, volume }: PartialConfig, { given, called }: RuleContext): Issue[] {
  const location = source?.source_image;
  const problem = (option: string, what: string, fix: string): Issue[] => [
    { option: called(option), problem: what, fix },
  ];
  if (!given('source_image'))
    return given('source_image_sha256')
      ? problem('source_image_sha256', 'is set without source-image', 'remove it')
      : [];
  return [
    ...['source_omi', 'source_omi_filter']
      .filter(given)
      .flatMap((name) =>
        problem(name, `cannot be combined with ${called('source_image')}`, 'remove one of them'),
      ),
    ...(location !== undefined && isUrl(location) && !given('source_image_sha256')
      ? problem(
          'source_image_sha256',
          'is required with a URL',
          'write the checksum that its publisher names',
        )
      : []),
    ...(volume?.root_volume_type === 'io1'
      ? problem('root_volume_type', '"io1" requires a source of type io1', 'write standard or gp2')
      : []),
  ];
}

function fromSource({ given }: RuleContext): Issue[] {
  if (sources.some(given)) return [];
  const others = sources
    .slice(1)
    .filter((name) => allOptions[name] !== undefined)
    .map(kebab);
  const fix = ['the ID of an OMI, such as ami-12345678', ...others.map((name) => `set ${name}`)].join(
    ', or ',
  );
  return [{ option: 'source-omi', problem: 'is missing', fix: `write ${fix}` }];
}

function fromScratch({ volume, image }: PartialConfig, { command, given, called }: RuleContext): Issue[] {
  const conflicts = sources.filter(given).map((name) => ({
    option: called(name),
    problem: 'cannot be combined with from-scratch',
    fix: 'remove one of them',
  }));
  const missing = Object.entries(neededFromScratch)
    .filter(([name]) => !given(name) && (command === 'build' || !neededAtTheEnd.includes(name)))
    .map(([name, what]) => ({
      option: kebab(name),
      problem: 'is required with from-scratch',
      fix: `write ${what}`,
    }));
  const type =
    volume?.root_volume_type === 'io1'
      ? [
          {
            option: called('root_volume_type'),
            problem: '"io1" requires a source of type io1',
            fix: 'write standard or gp2',
          },
        ]
      : [];
  const removed = (image?.omi_block_device_mappings ?? []).flatMap(({ no_device, device_name }) =>
    no_device
      ? [
          {
            option: called('omi_block_device_mappings'),
            problem: `removes ${device_name} (no_device), but a build from scratch has no device to remove`,
            fix: 'remove the mapping',
          },
        ]
      : [],
  );
  return [...conflicts, ...missing, ...type, ...removed];
}
