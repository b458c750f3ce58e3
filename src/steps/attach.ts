import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import { disks, localNames } from '../host/disk/block-devices.js';
import { freeNames, suffixOf } from '../host/disk/device-names.js';
import { findDisk, highestSequence } from '../host/disk/find-disk.js';
import { withLock } from '../host/lock.js';
import type { Claim } from '../ledger/claims.js';
import { findLate } from '../outscale/calls/late.js';
import { readVolume } from '../outscale/calls/lookups.js';
import { linkedNames, linkState, linkVolume } from '../outscale/calls/volume-links.js';
import type { CallWatch } from '../outscale/client/client.js';
import { isConflict } from '../outscale/errors.js';
import { detacher } from '../runtime/detach.js';
import { acquire, noting, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext } from './check.js';
import type { BuildVolume } from './volume.js';

/** A volume on this VM. */
export interface AttachedDisk {
  readonly volume: string;
  /** The API's name: `/dev/xvdf`. */
  readonly device: string;
  /** The kernel's name: `vdf`, `loop3`. */
  readonly disk: string;
  /** Its diskseq; undefined before Linux 5.15. */
  readonly sequence: string | undefined;
  /** Whether its root is to grow, for it is larger than its source. */
  readonly grows: boolean;
  /** Whether it has nothing but what this build made on it. */
  readonly fromScratch: boolean;
  readonly claim: Claim<'attachment'>;
}

/** Links the volume to this VM under a free name and finds, by proof, which disk of the kernel's it is. */
export async function attachVolume(
  volume: BuildVolume,
  { vm, source, grows }: BuildContext,
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
        const link: Link = { volume: volume.id, vmId: vm.vmId, claim, watch };
        const device =
          device_path === undefined
            ? await linkUnderFreeName(link, tools)
            : await linkAs(device_path, link, tools);
        await tools.wait({
          what: `volume ${volume.id}`,
          limit: 'volume',
          read: () => readVolume(tools.cloud, volume.id),
          done: ({ LinkedVolumes }) => LinkedVolumes?.some(({ State }) => State === 'attached') === true,
          describe: ({ LinkedVolumes }) => ({ state: LinkedVolumes?.[0]?.State ?? 'not linked' }),
        });
        // From here on a list that shows no link means that it has ended.
        tools.ledger.update(claim, { asked: null });
        const size = volume.size === undefined ? undefined : volume.size * 2 ** 30;
        const attached = { volume: volume.id, device, size, before, given };
        const { name: disk, sequence } = await findDisk(attached, tools.signal);
        tools.ledger.update(claim, { disk, sequence });
        tools.report.info(`${volume.id} is ${device}, the kernel's ${disk}`);
        const fromScratch = source === undefined;
        return { volume: volume.id, device, disk, sequence, grows, fromScratch, claim };
      },
      undoAttachment,
    ),
  );
}

/** A link that is asked for. */
interface Link {
  readonly volume: string;
  readonly vmId: string;
  readonly claim: Claim<'attachment'>;
  readonly watch: CallWatch;
}

/** A VM holds 40 volumes, its root among them (user guide, "About Volumes"). */
const mostVolumes = 40;

/** The names that are taken, in the API's view of this VM and in its own. */
const takenNames = async (vmId: string, tools: Tools): Promise<string[]> => [
  ...(await linkedNames(tools.cloud, vmId)),
  ...localNames(),
];

/**
 * Asks for one free name after the other: what the API refuses as taken, another build was quicker to get. Builds
 * of this VM take turns at it, and at nothing else.
 */
async function linkUnderFreeName(link: Link, tools: Tools): Promise<string> {
  return await withLock(tools.build.deviceLock, tools.signal, async () => {
    const taken = await takenNames(link.vmId, tools);
    const before = taken.length;
    while (true) {
      const [device] = freeNames(taken);
      if (device === undefined) throw new BuildError('this VM has no free device name left');
      try {
        return await ask(device, link, tools);
      } catch (error) {
        // More refusals than a VM can have volumes are about something else.
        if (!isConflict(error) || taken.length - before >= mostVolumes) throw error;
        tools.report.info(`${device} is taken by now`);
        taken.push(device);
      }
    }
  });
}

/** Asks for the one name that the user wants. */
async function linkAs(device: string, link: Link, tools: Tools): Promise<string> {
  const refusal = (cause?: unknown): BuildError =>
    new BuildError(`device_path: ${device} is taken`, {
      ...(cause === undefined ? {} : { cause }),
      hint: 'Leave device_path out, and a free name is found.',
    });
  const free = freeNames(await takenNames(link.vmId, tools)).map(suffixOf);
  if (!free.includes(suffixOf(device))) throw refusal();
  try {
    return await ask(device, link, tools);
  } catch (error) {
    throw isConflict(error) ? refusal(error) : error;
  }
}

async function ask(device: string, { volume, vmId, claim, watch }: Link, tools: Tools): Promise<string> {
  tools.ledger.update(claim, { device });
  return await linkVolume(tools.cloud, { volume, vmId, device }, tools.signal, watch);
}

/**
 * A volume is never detached while anything has it mounted: then it stays, and the error names who holds it. The kernel
 * is asked before each request to detach, which may be repeated for minutes.
 */
export const undoAttachment: Undo<'attachment'> = {
  title: ({ volume, device }) => `Detach volume ${volume} (${device})`,
  run: async (attachment, tools) => {
    const { volume, device, asked } = attachment;
    const linked = await findLate({
      what: `The link of volume ${volume} as ${device}`,
      asked,
      find: async () => ((await linkState(tools.cloud, volume)) === 'detached' ? undefined : true),
      isImpossible: async () => (await readVolume(tools.cloud, volume)) === undefined,
      shortTimeouts: tools.shortTimeouts,
      signal: tools.signal,
    });
    if (linked === undefined) return;
    // It has come: once a list shows it as ended, it has.
    const claim = tools.ledger.openOf('attachment').find(({ data }) => data === attachment);
    if (claim !== undefined && asked != null) tools.ledger.update(claim, { asked: null });
    const detach = detacher(attachment, tools);
    await tools.wait({
      what: `volume ${volume}`,
      limit: 'volume',
      read: async () => {
        const state = await linkState(tools.cloud, volume);
        // Before it is attached the API takes no request to detach; once asked, it is detaching.
        if (state === 'attached') await detach();
        return { state };
      },
      done: ({ state }) => state === 'detached',
      describe: (seen) => seen,
    });
  },
};
