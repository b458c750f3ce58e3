import { refuse } from '../kit/issues.js';
import { group, option, type Values } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { record } from './record.js';
import { boolean, wholeNumber } from './scalars.js';
import { matching, oneOf, readText, text } from './text.js';

/** GiB (`Size` of `CreateVolumeRequest`). */
export const volumeSize = wholeNumber({ min: 1, max: 14_901, unit: 'GiB' });
/** `Iops` of `CreateVolumeRequest`. */
export const iops = wholeNumber({ min: 1, max: 13_000, unit: 'IOPS' });
export const volumeType = oneOf('standard', 'gp2', 'io1');

/** A device name to attach a volume as (`DeviceName` of `LinkVolumeRequest`). */
export const deviceToAttach = matching(/^\/dev\/(sd|xvd)[b-z][a-z]?$/, {
  kind: 'a valid device name for a volume',
  example: '/dev/sdX, /dev/sdXX, /dev/xvdX or /dev/xvdXX, where the first X is b to z',
  placeholder: 'path',
});

/** A device node of this VM. */
export const blockDevice = matching(/^\/dev\/(?!(.*\/)?\.\.(\/|$))./s, {
  kind: 'a device path of this VM',
  example: 'a path below /dev',
  placeholder: 'path',
});

/** `auto`, or a partition number; 0 is the whole device. */
export const partition: Type<'auto' | number> = {
  name: '`auto` or number',
  placeholder: 'auto|number',
  schema: { anyOf: [{ const: 'auto' }, { type: ['integer', 'string'], minimum: 0, pattern: '^\\d+$' }] },
  read(value) {
    const written = readText(value);
    if (written === 'auto') return written;
    return /^\d{1,3}$/.test(written)
      ? Number(written)
      : refuse('is not a partition number', 'write auto or a number (0 is the whole device)', written);
  },
};

/** A device name in an OMI, with or without `/dev/`. */
export const mappedDevice = matching(/^(\/dev\/)?(sd|xvd)[a-z]{1,2}\d*$/, {
  kind: 'a device name',
  example: 'one such as /dev/sdb',
});

const snapshot = matching(/^snap-\w+$/, {
  kind: 'a snapshot ID',
  example: 'one such as snap-12345678',
});

const fields = group({
  device_name: option(mappedDevice, { text: 'device name in the VM', required: 'one such as /dev/sdb' }),
  snapshot_id: option(snapshot, { text: 'snapshot to create the volume from' }),
  volume_size: option(volumeSize, { text: 'size in GiB' }),
  volume_type: option(volumeType, { text: 'volume type' }),
  iops: option(iops, { text: 'IOPS, only for `io1`' }),
  delete_on_vm_deletion: option(boolean, { text: 'delete the volume with its VM', default: false }),
  no_device: option(boolean, { text: 'remove this mapping of the source', default: false }),
  virtual_name: option(text, { text: 'virtual device name' }),
});

/** A block device of VMs launched from the new OMI. */
export type DeviceMapping = Values<typeof fields>;

const asMap = record('mapping', fields, { delete_on_termination: 'delete_on_vm_deletion' });

/**
 * A mapping as a map of its fields. `encrypted: false` and an empty `kms_key_id`, which other builders have,
 * are ignored.
 */
export const deviceMapping: Type<DeviceMapping> = {
  ...asMap,
  async read(value, notice) {
    if (!(value instanceof Map)) return await asMap.read(value, notice);
    const { encrypted = 'false', kms_key_id: key = '' } = Object.fromEntries(value);
    if ((await boolean.read(encrypted)) || key !== '')
      refuse('asks for encryption, which the volume API does not have', 'remove encrypted and kms_key_id');
    const rest = new Map([...value].filter(([name]) => name !== 'encrypted' && name !== 'kms_key_id'));
    if (rest.size < value.size) notice?.('encrypted is ignored: the volume API has no encryption');
    return await asMap.read(rest, notice);
  },
};
