import type { BuildConfig } from '../config/options/table.js';
import { disks } from '../host/disk/block-devices.js';
import { findDisk, highestSequence } from '../host/disk/find-disk.js';
import type { Growth } from '../host/disk/growth.js';
import { endOfLog } from '../host/disk/kernel-log.js';
import type { Claim } from '../ledger/claims.js';
import type { Volume } from '../outscale/api.js';
import { findLate } from '../outscale/calls/late.js';
import { readVolume } from '../outscale/calls/lookups.js';
import { linkState, stateOfLink } from '../outscale/calls/volume-links.js';
import { isTransient } from '../outscale/errors.js';
import { detacher } from '../runtime/detach.js';
import { linkDevice } from '../runtime/device-name.js';
import { acquire, noting, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext } from './build-context.js';
import type { BuildVolume } from './volume.js';

/** A volume that is attached to this VM. */
export interface AttachedDisk {
  readonly volume: string;
  /** The device name in the API: `/dev/xvdf`. */
  readonly device: string;
  /** The kernel's name: `vdf`, `loop3`. */
  readonly disk: string;
  /** Its diskseq; undefined before Linux 5.15. */
  readonly sequence: string | undefined;
  readonly growth: Growth;
  /** Whether the volume was created empty. */
  readonly fromScratch: boolean;
  readonly claim: Claim<'attachment'>;
}

const isAttached = (volume: Volume): boolean => stateOfLink(volume) === 'attached';

/** Links the volume to this VM and identifies its disk among the kernel's block devices. */
export async function attachVolume(
  volume: BuildVolume,
  { vm, source, growth }: BuildContext,
  { device_path, nvme_device_path: given }: BuildConfig['mount'],
  tools: Tools,
): Promise<Resource<AttachedDisk>> {
  return await tools.report.phase('Attach', () =>
    acquire(
      tools,
      'attachment',
      { volume: volume.id, device: '', after: highestSequence() },
      async (claim) => {
        const before = disks();
        const watch = noting(claim, tools.ledger);
        const request = { volume: volume.id, vmId: vm.vmId, claim, watch };
        const device = await linkDevice(device_path, request, tools);
        // Reads most of the log while there is time for it.
        endOfLog();
        await tools.wait({
          what: `volume ${volume.id}`,
          limit: 'volume',
          kind: 'link',
          resource: ['volume', volume.id],
          read: (reads) => reads.volume(volume.id, isAttached),
          done: isAttached,
          describe: ({ LinkedVolumes }) => ({ state: LinkedVolumes?.[0]?.State ?? 'not linked' }),
        });
        // From now on a list without the link proves that the link has ended.
        tools.ledger.update(claim, { asked: null });
        const size = volume.size === undefined ? undefined : volume.size * 2 ** 30;
        const attached = { volume: volume.id, device, size, before, given };
        const { name: disk, sequence } = await findDisk(attached, tools.signal);
        tools.ledger.update(claim, { disk, sequence });
        tools.report.result(
          `${volume.id}${volume.size === undefined ? '' : `, ${volume.size} GiB`}, attached as ${device}`,
        );
        tools.report.info(`Attached ${volume.id} as ${device} (kernel name ${disk})`);
        const fromScratch = source === undefined;
        return { volume: volume.id, device, disk, sequence, growth, fromScratch, claim };
      },
      undoAttachment,
    ),
  );
}

/**
 * Never detaches a volume that is mounted: it stays attached, and the error names the users of the disk. Each
 * request to detach, which may be repeated for minutes, is preceded by a check of the kernel's state.
 */
export const undoAttachment: Undo<'attachment'> = {
  title: ({ volume, device }) => `Detach volume ${volume} (${device})`,
  released: ({ volume }) => ({ kind: 'volume', id: volume, how: 'detached' }),
  run: async (attachment, tools) => {
    const { volume, device, asked } = attachment;
    const linked = await findLate({
      what: `The link of volume ${volume} as ${device}`,
      asked,
      find: async () => {
        const state = await linkState(tools.cloud, volume);
        return state === 'detached' ? undefined : state;
      },
      isImpossible: async () => (await readVolume(tools.cloud, volume)) === undefined,
      shortTimeouts: tools.shortTimeouts,
      signal: tools.signal,
    });
    if (linked === undefined) return;
    // The link exists, so a list that shows it as ended is reliable from now on.
    const claim = tools.ledger.openOf('attachment').find(({ data }) => data === attachment);
    if (claim !== undefined && asked != null) tools.ledger.update(claim, { asked: null });
    const detach = detacher(attachment, tools);
    const isAsked = linked === 'attached' && (await accepted(detach));
    await tools.wait({
      what: `volume ${volume}`,
      limit: 'volume',
      kind: isAsked ? 'unlink' : undefined,
      resource: ['volume', volume],
      read: async (reads) => {
        const state = stateOfLink(await reads.volume(volume, isDetached));
        // The API accepts a request to detach only for a volume that is attached; then its state is
        // detaching.
        return { state, refusal: state === 'attached' ? await detach() : undefined };
      },
      done: ({ state }) => state === 'detached',
      describe: ({ state, refusal }) => ({ state: refusal === undefined ? state : `${state} (${refusal})` }),
    });
  },
};

const isDetached = (volume: Volume): boolean => stateOfLink(volume) === 'detached';

/** Requests to detach. @returns false after a refusal or an error that a repetition may not meet */
async function accepted(detach: () => Promise<string | undefined>): Promise<boolean> {
  try {
    return (await detach()) === undefined;
  } catch (error) {
    if (isTransient(error)) return false;
    throw error;
  }
}
