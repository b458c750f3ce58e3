import { readFileSync } from 'node:fs';

/** Whether a disk takes back blocks that are not in use (sysfs-block, queue/discard_max_bytes: 0 if it does not). */
export function canDiscard(disk: string): boolean {
  try {
    return Number(readFileSync(`/sys/block/${disk}/queue/discard_max_bytes`, 'utf8')) > 0;
  } catch {
    return false;
  }
}

/** Bytes in what `fstrim --verbose` says: `/mnt: 1 GiB (1073741824 bytes) trimmed`. */
export const trimmedBytes = (text: string): number => Number(/\((\d+) bytes\)/.exec(text)?.[1] ?? 0);
