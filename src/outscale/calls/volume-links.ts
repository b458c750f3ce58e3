import type { CallWatch, Cloud } from '../client/client.js';
import { AnswerLostError, isConflict, isGone } from '../errors.js';
import { askOnce } from './create-once.js';
import { readVolume } from './lookups.js';

/** The names under which the API has volumes linked to a VM. */
export async function linkedNames(cloud: Cloud, vmId: string): Promise<string[]> {
  const { Volumes } = await cloud.call('ReadVolumes', { Filters: { LinkVolumeVmIds: [vmId] } });
  return (Volumes ?? []).flatMap(
    ({ LinkedVolumes }) => LinkedVolumes?.map(({ DeviceName }) => DeviceName ?? '') ?? [],
  );
}

/** How a volume is linked: `attaching`, `attached`, `detaching`; `detached` also where there is no link or no volume. */
export async function linkState(cloud: Cloud, volume: string): Promise<string> {
  return (await readVolume(cloud, volume))?.LinkedVolumes?.[0]?.State ?? 'detached';
}

/** Asks for a link, once although answers get lost. @returns the name that the volume has */
export async function linkVolume(
  cloud: Cloud,
  link: { readonly volume: string; readonly vmId: string; readonly device: string },
  signal: AbortSignal,
  watch?: CallWatch,
): Promise<string> {
  const { volume, vmId, device } = link;
  return await askOnce({
    ask: async () => {
      await cloud.call('LinkVolume', { VolumeId: volume, VmId: vmId, DeviceName: device }, watch);
      return device;
    },
    find: async () => (await readVolume(cloud, volume))?.LinkedVolumes?.[0]?.DeviceName,
    signal,
  });
}

/**
 * Asks to end a link.
 * @returns whether the API took the request; what became of a lost answer or a conflict is seen by the next look.
 */
export async function unlinkVolume(cloud: Cloud, volume: string): Promise<boolean> {
  try {
    await cloud.call('UnlinkVolume', { VolumeId: volume });
    return true;
  } catch (error) {
    if (error instanceof AnswerLostError || isGone(error) || isConflict(error)) return false;
    throw error;
  }
}
