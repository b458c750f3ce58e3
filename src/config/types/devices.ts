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

/** A name to attach a volume as (`DeviceName` of `LinkVolumeRequest`). */
export const deviceToAttach = matching(/^\/dev\/(sd|xvd)[b-z][a-z]?$/, {
  kind: 'a name to attach a volume as',
  example: '/dev/sdX, /dev/sdXX, /dev/xvdX or /dev/xvdXX, first letter b to z',
  placeholder: 'path',
});

/** A node of this VM. */
export const blockDevice = matching(/^\/dev\/(?!(.*\/)?\.\.(\/|$))./s, {
  kind: 'a device of this VM',
  example: 'a path below /dev',
  placeholder: 'path',
});

/** `auto`, or the number of a partition, 0 being the whole device. */
export const partition: Type<'auto' | number> = {
  name: '`auto` or number',
  placeholder: 'auto|number',
  schema: { anyOf: [{ const: 'auto' }, { type: ['integer', 'string'], minimum: 0, pattern: '^\\d+$' }] },
  read(value) {
    const written = readText(value);
    if (written === 'auto') return written;
    return /^\d{1,3}$/.test(written)
      ? Number(written)
      : refuse('is no partition', 'write auto, or its number (0 is the whole device)', written);
  },
};

/** How an OMI calls a device, with or without `/dev/`. */
export const mappedDevice = matching(/^(\/dev\/)?(sd|xvd)[a-z]{1,2}\d*$/, {
  kind: 'the name of a device',
  example: 'one such as /dev/sdb',
});

const snapshot = matching(/^snap-\w+$/, {
  kind: 'the ID of a snapshot',
  example: 'one such as snap-12345678',
});

const fields = group({
  device_name: option(mappedDevice, { text: 'how a VM calls it', required: 'one such as /dev/sdb' }),
  snapshot_id: option(snapshot, { text: 'what the volume is made from' }),
  volume_size: option(volumeSize, { text: 'GiB' }),
  volume_type: option(volumeType, { text: 'type of the volume' }),
  iops: option(iops, { text: 'only with `io1`' }),
  delete_on_vm_deletion: option(boolean, { text: 'whether the volume goes with its VM', default: false }),
  no_device: option(boolean, { text: 'drops what the source maps there', default: false }),
  virtual_name: option(text, { text: 'virtual device name' }),
});

/** A device that a VM of the new OMI gets. */
export type DeviceMapping = Values<typeof fields>;

export const deviceMapping: Type<DeviceMapping> = record('mapping', fields, {
  delete_on_termination: 'delete_on_vm_deletion',
});
