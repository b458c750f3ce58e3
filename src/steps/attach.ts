import type { BuildConfig } from '../config/table.js';
import { BuildError, describe } from '../errors.js';
import { disks, localNames } from '../host/block-devices.js';
import { freeNames, suffixOf } from '../host/device-names.js';
import { diskOf } from '../host/disk-of.js';
import { findDisk } from '../host/find-disk.js';
import { isInUse } from '../host/gate.js';
import { bootId } from '../host/identity.js';
import { letGo } from '../host/let-go.js';
import { withLock } from '../host/lock.js';
import type { Claim } from '../ledger/claims.js';
import { isConflict } from '../outscale/errors.js';
import { linkedNames, linkState, linkVolume, unlinkVolume } from '../outscale/links.js';
import { readVolume } from '../outscale/lookups.js';
import type { Tools } from '../tools.js';
import { type Held, hold, type Undo } from '../undo/hold.js';
import type { Ground } from './check.js';
import type { BuildVolume } from './volume.js';

/** A volume on this VM. */
export interface AttachedDisk {
  readonly volume: string;
  /** The API's name: `/dev/xvdf`. */
  readonly device: string;
  /** The kernel's name: `vdf`, `loop3`. */
  readonly disk: string;
  /** Whether its root is to grow, for it is larger than its source. */
  readonly grows: boolean;
  /** Whether it has nothing but what this build made on it. */
  readonly fromScratch: boolean;
  readonly claim: Claim<'attachment'>;
}

/** Links the volume to this VM under a free name and finds, by proof, which disk of the kernel's it is. */
export async function attachVolume(
  volume: BuildVolume,
  { vm, source, grows }: Ground,
  { device_path, nvme_device_path: given }: BuildConfig['mount'],
  tools: Tools,
): Promise<Held<AttachedDisk>> {
  return await tools.report.phase('Attach', () =>
    hold(
      tools,
      'attachment',
      { volume: volume.id, device: '' },
      async (claim) => {
        const before = disks();
        const link: Link = { volume: volume.id, vmId: vm.vmId, claim };
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
        const size = volume.size === undefined ? undefined : volume.size * 2 ** 30;
        const disk = await findDisk({ volume: volume.id, device, size, before, given }, tools.signal);
        tools.ledger.learn(claim, { disk });
        tools.report.info(`${volume.id} is ${device}, the kernel's ${disk}`);
        return { volume: volume.id, device, disk, grows, fromScratch: source === undefined, claim };
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

async function ask(device: string, { volume, vmId, claim }: Link, tools: Tools): Promise<string> {
  tools.ledger.learn(claim, { device });
  return await linkVolume(tools.cloud, { volume, vmId, device }, tools.signal);
}

/** A volume is never detached while anything has it mounted: then it stays, and the error names who holds it. */
export const undoAttachment: Undo<'attachment'> = {
  title: ({ volume, device }) => `Detach volume ${volume} (${device})`,
  run: async ({ volume, device, disk: known }, tools) => {
    // Asked first: once it is detached the kernel may have given the disk's name to another one.
    if ((await linkState(tools.cloud, volume)) === 'detached') return;
    const disk = tools.ledger.boot === bootId() ? known : findAgain(device, volume);
    if (disk !== undefined) await requireReleased(disk, volume, tools);
    await tools.wait({
      what: `volume ${volume}`,
      limit: 'volume',
      read: async () => {
        const state = await linkState(tools.cloud, volume);
        // Before it is attached the API takes no request to detach; once asked, it is detaching.
        if (state === 'attached') await unlinkVolume(tools.cloud, volume);
        return { state };
      },
      done: ({ state }) => state === 'detached',
      describe: (seen) => seen,
    });
  },
};

/** The kernel gives names anew with each boot. @throws BuildError when nothing proves which disk it is by now. */
function findAgain(device: string, volume: string): string {
  const disk = diskOf(device, volume);
  if (disk !== undefined) return disk;
  throw new BuildError(
    `${volume} stays attached: the VM was started anew, and nothing proves which disk it is by now`,
    { hint: `See that none of it is mounted (lsblk). Then run:\n${byHand(volume)}` },
  );
}

/** The commands that take a volume away. */
const byHand = (volume: string): string =>
  `  osc-cli api UnlinkVolume --VolumeId ${volume}\n  osc-cli api DeleteVolume --VolumeId ${volume}`;

/** @throws BuildError, after tagging the volume, when somebody holds its disk. */
async function requireReleased(disk: string, volume: string, tools: Tools): Promise<void> {
  const reason = (): string | undefined => (isInUse(disk) ? 'the kernel has not let go' : undefined);
  const stuck = await letGo(disk, reason, {
    tell: (line) => tools.report.warn(line),
    hurried: tools.hurried,
    signal: tools.signal,
  });
  if (stuck === undefined) return;
  const tags = [{ Key: 'build-omi:in-use', Value: disk }];
  await tools.cloud.call('CreateTags', { ResourceIds: [volume], Tags: tags }).catch((error: unknown) => {
    tools.report.warn(`${volume} could not be tagged as being in use: ${describe(error)}`);
  });
  throw new BuildError(`${volume} stays attached, for its disk ${disk} is still in use`, {
    output: stuck.holders,
    hint: [
      stuck.holders.length === 0
        ? 'Nothing that can be seen holds it. What the kernel waits for, dmesg may tell; a restart of the VM ends it. Then run:'
        : 'Release it: umount PLACE for a mount in your own mount namespace, kill PID for a process or another mount namespace, swapoff PLACE for swap, losetup --detach /dev/NAME for a loop device. Then run:',
      byHand(volume),
    ].join('\n'),
  });
}
