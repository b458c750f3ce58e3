import type { Issue } from '../kit/issues.js';
import { kebab } from '../kit/option.js';
import { allOptions, type PartialConfig } from '../options/table.js';
import type { RuleContext } from './context.js';

const sources = ['source_omi', 'source_omi_filter'];

/** What of that is needed only at the end, and may be given then. */
const neededAtTheEnd = ['root_device_name', 'omi_block_device_mappings'];

/** What an empty volume needs, since no source says it; what else would be written. */
const neededFromScratch: Readonly<Record<string, string>> = {
  root_volume_size: 'its size in GiB',
  root_device_name: '/dev/sda1',
  pre_mount_commands: 'the commands that make partitions and filesystems',
  omi_block_device_mappings: 'the devices of the OMI, its root among them',
};

/** A build starts from an OMI or from nothing, and each asks for other options. */
export function checkSource(config: PartialConfig, context: RuleContext): Issue[] {
  return config.source?.from_scratch ? fromScratch(config, context) : fromSource(context);
}

function fromSource({ given }: RuleContext): Issue[] {
  if (sources.some(given)) return [];
  const others = sources
    .slice(1)
    .filter((name) => allOptions[name] !== undefined)
    .map(kebab);
  const fix = ['the ID of an OMI, such as ami-12345678', ...others.map((name) => `give ${name}`)].join(
    ', or ',
  );
  return [{ option: 'source-omi', problem: 'is missing', fix: `write ${fix}` }];
}

function fromScratch({ volume, image }: PartialConfig, { command, given, called }: RuleContext): Issue[] {
  const notBoth = sources.filter(given).map((name) => ({
    option: called(name),
    problem: 'is given with from-scratch',
    fix: 'take one of them away',
  }));
  const missing = Object.entries(neededFromScratch)
    .filter(([name]) => !given(name) && (command === 'build' || !neededAtTheEnd.includes(name)))
    .map(([name, what]) => ({
      option: kebab(name),
      problem: 'is missing with from-scratch',
      fix: `write ${what}`,
    }));
  const type =
    volume?.root_volume_type === 'io1'
      ? [
          {
            option: called('root_volume_type'),
            problem: '"io1" needs a source that is io1',
            fix: 'write standard or gp2',
          },
        ]
      : [];
  const dropped = (image?.omi_block_device_mappings ?? []).flatMap(({ no_device, device_name }) =>
    no_device
      ? [
          {
            option: called('omi_block_device_mappings'),
            problem: `drops ${device_name}, but from scratch there is nothing to drop`,
            fix: 'leave it out',
          },
        ]
      : [],
  );
  return [...notBoth, ...missing, ...type, ...dropped];
}
