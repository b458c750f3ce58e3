import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../errors.js';
import { type Held, hold, type Undo } from '../hold.js';
import { type Disk, disks, localNames, signsOf, weigh } from '../host/block-devices.js';
import { freeNames } from '../host/device-names.js';
import { exists, holdersOf, isFree } from '../host/gate.js';
import { withLock } from '../host/lock.js';
import type { Claim } from '../ledger.js';
import { AnswerLostError, isConflict, isGone } from '../outscale/errors.js';
import { readVolume } from '../outscale/lookups.js';
import { askOnce } from '../outscale/once.js';
import type { Tools } from '../tools.js';
import type { Ground } from './check.js';
import type { BuildVolume } from './volume.js';

/** A volume on this VM. */
export interface AttachedDisk {
  readonly volume: string;
  /** The API's name: `/dev/xvdf`. */
  readonly device: string;
  /** The kernel's name: `vdf`, `loop3`. */
  readonly disk: string;
}

/** How long the kernel may take to show a disk that the API calls attached, or to let one go. */
const patience = 30_000;

/** Links the volume to this VM under a free name and finds, by proof, which disk of the kernel's it is. */
export async function attachVolume(
  volume: BuildVolume,
  { vm }: Ground,
  tools: Tools,
): Promise<Held<AttachedDisk>> {
  return await tools.report.phase('Attach', () =>
    hold(
      tools,
      'attachment',
      { volume: volume.id, device: '' },
      async (claim) => {
        const before = disks();
        const device = await linkUnderFreeName(volume.id, vm.vmId, claim, tools);
        await tools.wait({
          what: `volume ${volume.id}`,
          limit: 'volume',
          read: () => readVolume(tools.cloud, volume.id),
          done: ({ LinkedVolumes }) => LinkedVolumes?.some(({ State }) => State === 'attached') === true,
          describe: ({ LinkedVolumes }) => ({ state: LinkedVolumes?.[0]?.State ?? 'not linked' }),
        });
        const disk = await findDisk(volume, device, before, tools.signal);
        tools.ledger.learn(claim, { disk });
        tools.report.info(`${volume.id} is ${device}, the kernel's ${disk}`);
        return { volume: volume.id, device, disk };
      },
      undoAttachment,
    ),
  );
}

/** Asks for one free name after the other: what the API refuses as taken, another build was quicker to get. */
async function linkUnderFreeName(
  id: string,
  vmId: string,
  claim: Claim<'attachment'>,
  tools: Tools,
): Promise<string> {
  const refused: string[] = [];
  return await withLock(tools.build.deviceLock, async () => {
    const { Volumes } = await tools.cloud.call('ReadVolumes', { Filters: { LinkVolumeVmIds: [vmId] } });
    const linked = (Volumes ?? []).flatMap(
      ({ LinkedVolumes }) => LinkedVolumes?.map(({ DeviceName }) => DeviceName ?? '') ?? [],
    );
    while (true) {
      const [device] = freeNames([...linked, ...localNames(), ...refused]);
      if (device === undefined) throw new BuildError('this VM has no free device name left');
      tools.ledger.learn(claim, { device });
      try {
        return await askOnce({
          ask: async () => {
            await tools.cloud.call('LinkVolume', { VolumeId: id, VmId: vmId, DeviceName: device });
            return device;
          },
          find: async () => (await readVolume(tools.cloud, id))?.LinkedVolumes?.[0]?.DeviceName,
          signal: tools.signal,
        });
      } catch (error) {
        if (!isConflict(error)) throw error;
        refused.push(device);
      }
    }
  });
}

/** Waits for the kernel to show the disk, and for the signs to agree on it. */
async function findDisk(
  volume: BuildVolume,
  device: string,
  before: readonly Disk[],
  signal: AbortSignal,
): Promise<string> {
  const size = volume.size === undefined ? undefined : volume.size * 2 ** 30;
  const until = performance.now() + patience;
  while (true) {
    const signs = signsOf(device, volume.id, before);
    const verdict = weigh(signs, size, disks());
    if (verdict !== undefined && 'disk' in verdict && isFree(verdict.disk)) return verdict.disk;
    if (performance.now() > until) {
      const why =
        verdict === undefined
          ? 'no disk appeared under that name'
          : 'disagree' in verdict
            ? verdict.disagree
            : `${verdict.disk} is in use`;
      throw new BuildError(`${volume.id} was attached as ${device}, but its disk was not found: ${why}`, {
        output: Object.entries(signs).map(([sign, names]) => `${sign}: ${names.join(', ') || 'nothing'}`),
      });
    }
    await sleep(20, undefined, { signal });
  }
}

/** A volume is never detached while anything has it mounted: then it stays, and the error names who holds it. */
export const undoAttachment: Undo<'attachment'> = {
  title: ({ volume, device }) => `Detach volume ${volume} (${device})`,
  run: async ({ volume, disk }, tools) => {
    await released(disk, volume, tools.signal);
    const linked = async (): Promise<boolean> => {
      const found = await readVolume(tools.cloud, volume);
      return found?.LinkedVolumes?.some(({ State }) => State !== 'detached') === true;
    };
    if (!(await linked())) return;
    await tools.cloud.call('UnlinkVolume', { VolumeId: volume }).catch((error: unknown) => {
      // What became of it is seen below, whether it was done, is being done by somebody else, or is gone.
      if (!(error instanceof AnswerLostError) && !isGone(error) && !isConflict(error)) throw error;
    });
    await tools.wait({
      what: `volume ${volume}`,
      limit: 'volume',
      read: async () => (await readVolume(tools.cloud, volume)) ?? { State: 'deleted' },
      done: ({ State }) => State !== 'in-use',
      describe: ({ State, LinkedVolumes }) => ({ state: LinkedVolumes?.[0]?.State ?? State ?? 'unknown' }),
    });
  },
};

async function released(disk: string | undefined, volume: string, signal: AbortSignal): Promise<void> {
  if (disk === undefined) return;
  const until = performance.now() + patience;
  while (exists(disk) && !isFree(disk)) {
    if (performance.now() > until) {
      throw new BuildError(`${volume} stays attached: its disk ${disk} is still in use`, {
        output: holdersOf(disk),
        hint: `End what holds /dev/${disk}, then detach and delete ${volume}.`,
      });
    }
    await sleep(20, undefined, { signal });
  }
}
