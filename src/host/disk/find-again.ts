import { setTimeout as sleep } from 'node:timers/promises';
import { isInUse } from './exclusive.js';
import { appearedAfter, diskOf, nameOfRecorded } from './find-disk.js';

/** Milliseconds for which the names of a disk may lag behind the disk. */
const timeout = 2_000;

/** What was recorded of an attached volume and its disk. */
export interface RecordedVolume {
  readonly volume: string;
  /** The API's name. */
  readonly device: string;
  /** The diskseq of its disk, once proved. */
  readonly sequence?: string | undefined;
  /** The highest diskseq before it was attached. */
  readonly after?: number | undefined;
}

/**
 * Finds the disk of an attached volume again: by its diskseq, or by the names that lead to it where none was recorded.
 * @param isSameBoot whether the VM has not been started anew since: a diskseq is of one boot.
 * @returns its present name; `idle` where it is gone, or was not found and no disk that appeared since the volume was attached
 *   is in use; `unknown` where neither is certain.
 */
export async function findAgain(
  recorded: RecordedVolume,
  isSameBoot: boolean,
  signal: AbortSignal,
): Promise<{ readonly disk: string } | 'idle' | 'unknown'> {
  const { device, volume, sequence, after } = recorded;
  if (isSameBoot && sequence !== undefined) {
    // Once it is gone its names may lead to another volume's disk.
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
