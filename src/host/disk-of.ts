import { disks, namesInDev } from './block-devices.js';
import { signsOf } from './signs.js';

/**
 * The kernel's disk of a volume that has been attached to this VM for some time, by what its names say.
 * @returns undefined where no name leads to a disk, or two lead to different ones.
 */
export function diskOf(device: string, volume: string): string | undefined {
  const now = disks();
  const { name, byId, serial } = signsOf(device, volume, now, now, namesInDev(undefined));
  const named = new Set([...name, ...byId, ...serial]);
  return named.size === 1 ? [...named][0] : undefined;
}
