import { closeSync, openSync } from 'node:fs';
import { BuildError, describe } from '../../common/errors.js';
import { exec } from '../../host/exec/exec.js';

/** The path of an unused loop device, which the kernel creates if there is none (loop(4)). */
const findFree = async (): Promise<string> => (await exec(['losetup', '--find'])).stdout.trim();

/**
 * Checks that a volume can be attached as a loop device.
 * @param find returns the path of an unused loop device
 * @throws BuildError that says how to get one
 */
export async function requireLoopDevice(find: () => Promise<string> = findFree): Promise<void> {
  try {
    closeSync(openSync(await find(), 'r'));
  } catch (error) {
    throw new BuildError(`no loop device can be used on this machine: ${describe(error)}`, {
      hint:
        'Load the module loop (modprobe loop). ' +
        'In a container, start it with --privileged and --volume /dev:/dev, so that new loop devices appear in it.',
    });
  }
}
