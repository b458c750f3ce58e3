import { existsSync } from 'node:fs';
import { detachLoop, loopsOn } from './loop-devices.js';
import { deviceNumbers } from './partitions.js';
import { swapOffDevice, swapOffFiles, swaps } from './swap.js';

/**
 * Takes from a disk what the kernel keeps of it for nobody's process: swap, and loop devices on its files. That does not
 * end with the namespaces in which it was made. Nothing of the build may run any more.
 * @param thaw whether filesystems that the kernel holds are thawed too, which has to mount them.
 * @returns what was there, a sentence each.
 */
export async function detachKernelUsers(disk: string, thaw: boolean, signal: AbortSignal): Promise<string[]> {
  if (!existsSync(`/sys/block/${disk}`)) return [];
  const told: string[] = [];
  for (const loop of await loopsOn(disk, signal)) {
    told.push(...(await endSwap(loop.name, thaw, signal)));
    const gone = await detachLoop(loop, signal);
    const how = gone ? 'is detached' : 'goes with its last user';
    told.push(`/dev/${loop.name} still stood on ${loop.file} of the image: it ${how}`);
  }
  return [...told, ...(await endSwap(disk, thaw, signal))];
}

/** Ends the use as swap of a disk, its partitions, and files on them. */
async function endSwap(disk: string, thaw: boolean, signal: AbortSignal): Promise<string[]> {
  const off: string[] = [];
  for (const name of deviceNumbers(disk).keys())
    if (await swapOffDevice(name, signal)) off.push(`/dev/${name}`);
  if (thaw || swaps().some(({ type }) => type === 'file')) off.push(...(await swapOffFiles(disk, signal)));
  return off.map((what) => `${what} of the image was still in use as swap: that is ended`);
}
