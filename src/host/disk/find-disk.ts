import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../../common/errors.js';
import { type Disk, disks, namesInDev } from './block-devices.js';
import { evidenceOf, identifyDisk } from './evidence.js';
import { isFree } from './exclusive.js';

/** How long the kernel may take to show a disk that the API calls attached. */
const timeout = 30_000;

/** A volume that the API calls attached. */
export interface Attached {
  readonly volume: string;
  /** The name it was attached as. */
  readonly device: string;
  /** Bytes; unknown where the API does not tell. */
  readonly size: number | undefined;
  /** The disks that were there before. */
  readonly before: readonly Disk[];
  /** Where the user says that it is (`nvme_device_path`). */
  readonly given: string | undefined;
}

/**
 * Waits for the kernel to show a volume's disk, and for the signs to agree on it; nothing of it may be in use.
 * @throws BuildError with all that was seen when they do not within half a minute.
 */
export async function findDisk(attached: Attached, signal: AbortSignal): Promise<Disk> {
  const { volume, device, size, before, given } = attached;
  const until = performance.now() + timeout;
  while (true) {
    const now = disks();
    const evidence = evidenceOf(device, volume, before, now, namesInDev(given));
    const identification = identifyDisk(evidence, size, now);
    const found = identification !== undefined && 'disk' in identification ? identification.disk : undefined;
    const disk = now.find(({ name }) => name === found);
    if (disk !== undefined && isFree(disk.name)) return disk;
    if (performance.now() > until) {
      const why =
        identification === undefined
          ? 'no disk appeared under that name'
          : 'disagree' in identification
            ? identification.disagree
            : `${identification.disk} is in use`;
      throw new BuildError(`${volume} was attached as ${device}, but its disk was not found: ${why}`, {
        output: Object.entries(evidence).map(
          ([sign, names]: [string, readonly string[] | undefined]) =>
            `${sign}: ${names?.join(', ') || 'nothing'}`,
        ),
      });
    }
    await sleep(20, undefined, { signal });
  }
}
