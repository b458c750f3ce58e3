import { existsSync } from 'node:fs';
import { detachLoop, loopsOn } from './loop-devices.js';
import { deviceNumbers } from './partitions.js';
import { swapOffDevice, swapOffFiles, swaps } from './swap.js';

/**
 * Ends the uses of a disk by the kernel itself: swap, and loop devices on its files. The kernel keeps them
 * after the namespaces in which they were created are gone. All processes of the build must have ended.
 * @param thaw whether to also thaw frozen filesystems, which requires mounting them.
 * @returns one sentence for each use found.
 */
export async function detachKernelUsers(disk: string, thaw: boolean, signal: AbortSignal): Promise<string[]> {
  if (!existsSync(`/sys/block/${disk}`)) return [];
  const lines: string[] = [];
  for (const loop of await loopsOn(disk, signal)) {
    lines.push(...(await endSwap(loop.name, thaw, signal)));
    const gone = await detachLoop(loop, signal);
    const how = gone ? 'detached' : 'will be detached when its last user closes it';
    lines.push(`/dev/${loop.name} was still attached to ${loop.file} of the image: ${how}`);
  }
  return [...lines, ...(await endSwap(disk, thaw, signal))];
}

/** Turns off swap on a disk, its partitions, and files on them. */
async function endSwap(disk: string, thaw: boolean, signal: AbortSignal): Promise<string[]> {
  const off: string[] = [];
  for (const name of deviceNumbers(disk).keys())
    if (await swapOffDevice(name, signal)) off.push(`/dev/${name}`);
  if (thaw || swaps().some(({ type }) => type === 'file')) off.push(...(await swapOffFiles(disk, signal)));
  return off.map((what) => `${what} of the image was still in use as swap: swap turned off`);
}
