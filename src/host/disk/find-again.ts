import { setTimeout as sleep } from 'node:timers/promises';
import { isInUse } from './exclusive.js';
import { appearedAfter, diskOf, nameOfRecorded } from './find-disk.js';

/** Milliseconds that the device names of a disk can appear later than the disk. */
const timeout = 2_000;

/** An attached volume and its disk, as the ledger recorded them. */
export interface RecordedVolume {
  readonly volume: string;
  /** The device name in the API. */
  readonly device: string;
  /** The diskseq of its disk, once the disk is identified. */
  readonly sequence?: string | undefined;
  /** The highest diskseq before the attachment. */
  readonly after?: number | undefined;
}

/**
 * Finds the disk of an attached volume again: by its diskseq, or by its device names if no diskseq was
 * recorded.
 * @param isSameBoot whether the VM has not rebooted since. A diskseq is valid only until the next boot.
 * @returns the current name of the disk; `idle` if the disk is gone, or if it was not found and no disk that
 *   appeared after the attachment is in use; otherwise `unknown`.
 */
export async function findAgain(
  recorded: RecordedVolume,
  isSameBoot: boolean,
  signal: AbortSignal,
): Promise<{ readonly disk: string } | 'idle' | 'unknown'> {
  const { device, volume, sequence, after } = recorded;
  if (isSameBoot && sequence !== undefined) {
    // After the disk is gone, its names can refer to the disk of another volume.
    const disk = nameOfRecorded({ sequence });
    return disk === undefined ? 'idle' : { disk };
  }
  const until = performance.now() + timeout;
  while (true) {
    const disk = diskOf(device, volume);
    if (disk !== undefined) return { disk };
    if (performance.now() > until) break;
    await sleep(50, undefined, { signal });
  }
  const isIdle = isSameBoot && after !== undefined && !appearedAfter(after).some(isInUse);
  return isIdle ? 'idle' : 'unknown';
}
