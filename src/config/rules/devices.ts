import type { Issue } from '../kit/issues.js';
import type { PartialConfig } from '../options/table.js';
import type { DeviceMapping } from '../types/devices.js';
import type { RuleContext } from './context.js';

/** IOPS go with `io1` alone, and a device that is made from nothing has a size. */
export function checkDevices({ volume, image }: PartialConfig, { called }: RuleContext): Issue[] {
  const type = volume?.root_volume_type;
  const iops =
    volume?.root_volume_iops !== undefined && type !== undefined && type !== 'io1'
      ? [
          {
            option: called('root_volume_iops'),
            problem: `is given with ${called('root_volume_type')} ${type}`,
            fix: 'leave it out, or choose io1',
          },
        ]
      : [];
  const option = called('omi_block_device_mappings');
  const mappings = (image?.omi_block_device_mappings ?? []).flatMap((mapping) =>
    wrongWith(mapping, image?.root_device_name).map((invalid) => ({ option, ...invalid })),
  );
  return [...iops, ...mappings];
}

/** Names that mean the root wherever the source does not say otherwise. */
const rootNames = ['sda1', 'sda', 'xvda', 'xvda1', 'xvdf'];
const plain = (name: string): string => name.replace('/dev/', '');

function wrongWith(mapping: DeviceMapping, root: string | undefined): Pick<Issue, 'problem' | 'fix'>[] {
  const { device_name: name, no_device, snapshot_id, volume_size, volume_type, iops } = mapping;
  if (no_device) return [];
  const isRoot = [...rootNames, plain(root ?? '')].includes(plain(name));
  return [
    ...(isRoot || snapshot_id !== undefined || volume_size !== undefined
      ? []
      : [{ problem: `${name} has neither volume_size nor snapshot_id`, fix: 'give it one' }]),
    ...(iops !== undefined && volume_type !== 'io1' && !(isRoot && volume_type === undefined)
      ? [{ problem: `${name} has iops without volume_type io1`, fix: 'leave iops out, or choose io1' }]
      : []),
    ...(volume_type === 'io1' && iops === undefined && !isRoot
      ? [{ problem: `${name} is io1 without iops`, fix: 'give it iops' }]
      : []),
  ];
}
