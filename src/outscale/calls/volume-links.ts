import type { Volume } from '../api.js';
import type { CallWatch, Cloud } from '../client/client.js';
import { AnswerLostError, isConflict, isGone } from '../errors.js';
import { askOnce } from './create-once.js';
import { readVolume } from './lookups.js';

/** Device names of the volumes linked to a VM. */
export async function linkedNames(cloud: Cloud, vmId: string): Promise<string[]> {
  const { Volumes } = await cloud.call('ReadVolumes', { Filters: { LinkVolumeVmIds: [vmId] } });
  return (Volumes ?? []).flatMap(
    ({ LinkedVolumes }) => LinkedVolumes?.map(({ DeviceName }) => DeviceName ?? '') ?? [],
  );
}

/**
 * State of a volume's link: `attaching`, `attached`, `detaching`; `detached` also without a link or a volume.
 */
export async function linkState(cloud: Cloud, volume: string): Promise<string> {
  return stateOfLink(await readVolume(cloud, volume));
}

/** The state of the link of a volume that was read; undefined if it does not exist. */
export const stateOfLink = (volume: Volume | undefined): string =>
  volume?.LinkedVolumes?.[0]?.State ?? 'detached';

/** Links a volume exactly once although responses may be lost. @returns its device name */
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
 * Requests to unlink a volume.
 * @returns whether the API accepted the request, and the reason if it refused it with a conflict. After that,
 *   or a lost response, the next state check shows the result.
 */
export async function unlinkVolume(
  cloud: Cloud,
  volume: string,
): Promise<{ readonly isAccepted: boolean; readonly refusal?: string }> {
  try {
    await cloud.call('UnlinkVolume', { VolumeId: volume });
    return { isAccepted: true };
  } catch (error) {
    if (isConflict(error)) return { isAccepted: false, refusal: error.reason };
    if (error instanceof AnswerLostError || isGone(error)) return { isAccepted: false };
    throw error;
  }
}
