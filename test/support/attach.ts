import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../src/common/wait.js';
import { diskAt, localNames } from '../../src/host/disk/block-devices.js';
import { freeNames, suffixOf } from '../../src/host/disk/device-names.js';
import { readVolume } from '../../src/outscale/calls/lookups.js';
import type { Cloud } from '../../src/outscale/client/client.js';
import { isConflict } from '../../src/outscale/errors.js';

/** An attached volume of a test on this machine. */
export interface Attached {
  /** The kernel's name of its disk. */
  readonly disk: string;
  /** Detaches and deletes it. */
  readonly remove: () => Promise<void>;
}

/** Makes a volume of a snapshot and attaches it to this machine, by public calls. */
export async function attach(api: Cloud, snapshot: string): Promise<Attached> {
  const { Vms } = await api.call('ReadVms', {});
  const { VmId = '', Placement } = Vms?.[0] ?? {};
  const { Volume } = await api.call('CreateVolume', {
    SnapshotId: snapshot,
    SubregionName: Placement?.SubregionName ?? 'eu-west-2a',
  });
  const id = Volume?.VolumeId ?? '';
  const until = async (state: string): Promise<unknown> =>
    await waitFor({
      what: id,
      read: () => readVolume(api, id),
      done: ({ State, LinkedVolumes }) => (LinkedVolumes?.[0]?.State ?? State) === state,
      describe: ({ State }) => ({ state: State ?? '' }),
      timeout: 30_000,
    });
  await until('available');
  const name = await linkSomewhere(api, id, VmId);
  await until('attached');
  const [disk = ''] = [name, `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_sd${suffixOf(name)}`].flatMap(diskAt);
  return {
    disk,
    remove: async () => {
      await api.call('UnlinkVolume', { VolumeId: id });
      await until('available');
      await api.call('DeleteVolume', { VolumeId: id });
      while ((await readVolume(api, id)) !== undefined) await sleep(10);
    },
  };
}

/** Attaches under the first free name, and skips a name that another process took meanwhile. */
async function linkSomewhere(api: Cloud, VolumeId: string, VmId: string): Promise<string> {
  for (const DeviceName of freeNames(localNames())) {
    try {
      await api.call('LinkVolume', { VolumeId, VmId, DeviceName });
      return DeviceName;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new Error('no device name is free');
}
