import type { Issue } from '../kit/issues.js';
import type { PartialConfig } from '../options/table.js';
import type { DeviceMapping } from '../types/devices.js';
import type { RuleContext } from './context.js';

/** Checks that IOPS are set only for `io1`, and that a mapping without a snapshot has a size. */
export function checkDevices({ volume, image }: PartialConfig, { called }: RuleContext): Issue[] {
  const type = volume?.root_volume_type;
  const iops =
    volume?.root_volume_iops !== undefined && type !== undefined && type !== 'io1'
      ? [
          {
            option: called('root_volume_iops'),
            problem: `cannot be combined with ${called('root_volume_type')} ${type}`,
            fix: 'remove it, or use type io1',
          },
        ]
      : [];
  const option = called('omi_block_device_mappings');
  const mappings = (image?.omi_block_device_mappings ?? []).flatMap((mapping) =>
    issuesOf(mapping, image?.root_device_name).map((issue) => ({ option, ...issue })),
  );
  return [...iops, ...mappings];
}

/** Device names that denote the root device, unless the source has another name for it. */
const rootNames = ['sda1', 'sda', 'xvda', 'xvda1', 'xvdf'];
const plain = (name: string): string => name.replace('/dev/', '');

function issuesOf(mapping: DeviceMapping, root: string | undefined): Pick<Issue, 'problem' | 'fix'>[] {
  const { device_name: name, no_device, snapshot_id, volume_size, volume_type, iops } = mapping;
  if (no_device) return [];
  const isRoot = [...rootNames, plain(root ?? '')].includes(plain(name));
  return [
    ...(isRoot || snapshot_id !== undefined || volume_size !== undefined
      ? []
      : [{ problem: `${name} has neither volume_size nor snapshot_id`, fix: 'set one of them' }]),
    ...(iops !== undefined && volume_type !== 'io1' && !(isRoot && volume_type === undefined)
      ? [
          {
            problem: `${name} has iops without volume_type io1`,
            fix: 'remove iops, or set volume_type to io1',
          },
        ]
      : []),
    ...(volume_type === 'io1' && iops === undefined && !isRoot
      ? [{ problem: `${name} has volume_type io1 without iops`, fix: 'set iops' }]
      : []),
  ];
}
