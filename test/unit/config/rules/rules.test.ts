import { expect, test } from '@jest/globals';
import type { PartialConfig } from '../../../../src/config/options/table.js';
import { checkTogether } from '../../../../src/config/rules/rules.js';
import type { DeviceMapping } from '../../../../src/config/types/devices.js';

const mapping = (also: Partial<DeviceMapping>): DeviceMapping => ({
  device_name: '/dev/sdb',
  snapshot_id: undefined,
  volume_size: undefined,
  volume_type: undefined,
  iops: undefined,
  delete_on_vm_deletion: false,
  no_device: false,
  virtual_name: undefined,
  ...also,
});

const lines = (config: PartialConfig, ...given: string[]): string[] =>
  checkTogether(config, {
    command: 'build',
    given: (name) => given.includes(name),
    found: () => undefined,
    called: (name) => name,
  }).map(({ option, problem, fix }) => `${option}: ${problem}; ${fix}`);

const mapped = (...mappings: DeviceMapping[]): PartialConfig => ({
  image: { omi_block_device_mappings: mappings },
});

test('from scratch requires the options that no source provides, and excludes sources', () => {
  const config: PartialConfig = { source: { from_scratch: true }, volume: { root_volume_type: 'io1' } };
  expect(lines(config, 'from_scratch', 'source_omi', 'root_volume_type')).toEqual([
    'source_omi: cannot be combined with from-scratch; remove one of them',
    'root-volume-size: is required with from-scratch; write the volume size in GiB',
    'root-device-name: is required with from-scratch; write /dev/sda1',
    'pre-mount-commands: is required with from-scratch; write the commands that create partitions and filesystems',
    'omi-block-device-mappings: is required with from-scratch; write the devices of the OMI, including its root device',
    'root_volume_type: "io1" requires a source of type io1; write standard or gp2',
  ]);
});

const scratch = [
  'from_scratch',
  'root_volume_size',
  'root_device_name',
  'pre_mount_commands',
  'omi_block_device_mappings',
];

test('the example from scratch is valid; removing a device there is not', () => {
  const from = (one: DeviceMapping): PartialConfig => ({ ...mapped(one), source: { from_scratch: true } });
  expect(lines(from(mapping({ device_name: 'xvdf', volume_type: 'gp2' })), ...scratch)).toEqual([]);
  expect(lines(from(mapping({ no_device: true })), ...scratch)).toEqual([
    'omi_block_device_mappings: removes /dev/sdb (no_device), but a build from scratch has no device to remove; remove the mapping',
  ]);
});

test('a source is required, by ID or by filter', () => {
  expect(lines({})[0]).toMatch(/^source-omi: is missing; write the ID of an OMI, such as ami-12345678/);
  expect(lines({}, 'source_omi')).toEqual([]);
  expect(lines({}, 'source_omi_filter')).toEqual([]);
});

test.each([
  [mapping({}), '/dev/sdb has neither volume_size nor snapshot_id; set one of them'],
  [
    mapping({ volume_size: 1, iops: 100 }),
    '/dev/sdb has iops without volume_type io1; remove iops, or set volume_type to io1',
  ],
  [mapping({ volume_size: 1, volume_type: 'io1' }), '/dev/sdb has volume_type io1 without iops; set iops'],
  [mapping({ volume_size: 1, volume_type: 'io1', iops: 100 }), undefined],
  [mapping({ snapshot_id: 'snap-1' }), undefined],
  [mapping({ no_device: true }), undefined],
  [mapping({ device_name: '/dev/sda1' }), undefined],
])('%j: %s', (one, line) => {
  expect(lines(mapped(one), 'source_omi')).toEqual(
    line === undefined ? [] : [`omi_block_device_mappings: ${line}`],
  );
});

test('IOPS of the root volume require io1', () => {
  const config: PartialConfig = { volume: { root_volume_iops: 100, root_volume_type: 'gp2' } };
  expect(lines(config, 'source_omi')).toEqual([
    'root_volume_iops: cannot be combined with root_volume_type gp2; remove it, or use type io1',
  ]);
  expect(lines({ volume: { root_volume_iops: 100 } }, 'source_omi')).toEqual([]);
});

test('provisioners cannot be combined with files, scripts and run', () => {
  expect(lines({}, 'source_omi', 'provisioners', 'run', 'files')).toEqual([
    'provisioners: cannot be combined with files, run; move everything to provisioners',
  ]);
});
