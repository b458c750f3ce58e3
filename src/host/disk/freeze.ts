import { closeSync, constants, fsyncSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { exec } from '../exec/exec.js';

/** A disk that no process can write, mount or claim. */
export interface FrozenDisk {
  /** Ends the exclusive hold. The disk stays read-only. */
  release(): void;
  /** Makes the disk writable again. */
  thaw(): Promise<void>;
}

/**
 * Flushes a disk, makes it and its partitions read-only in the kernel (BLKROSET, blockdev(8)), and holds it
 * exclusively: while it is held, every mount of a part of it fails (open(2), O_EXCL). Read-only, it cannot be
 * opened for writing, and processes that have it open cannot write(2) to it.
 * @throws the error of the system if the disk is in use or gone; CommandError; Error if a part of it stays
 *   writable
 */
export async function freezeDisk(disk: string, signal: AbortSignal): Promise<FrozenDisk> {
  const hold = openSync(`/dev/${disk}`, constants.O_RDONLY | constants.O_EXCL);
  try {
    // While the disk is held, the kernel does not read its partitions again.
    const names = [disk, ...partitionNames(disk)];
    for (const name of names) flush(name);
    await setReadOnly(names, true, signal);
    const writable = names.filter(
      (name) => readFileSync(`/sys/class/block/${name}/ro`, 'utf8').trim() !== '1',
    );
    if (writable.length > 0) throw new Error(`${writable.join(', ')} is still writable`);
    let isOpen = true;
    return {
      release: () => {
        if (isOpen) closeSync(hold);
        isOpen = false;
      },
      thaw: async () => await setReadOnly(names, false, signal),
    };
  } catch (error) {
    closeSync(hold);
    throw error;
  }
}

const partitionNames = (disk: string): string[] =>
  readdirSync(`/sys/block/${disk}`).filter((name) => name.startsWith(disk));

/** Writes the cached blocks, and flushes the write cache of the disk: fsync(2) of a block device. */
function flush(name: string): void {
  const device = openSync(`/dev/${name}`, 'r');
  try {
    fsyncSync(device);
  } finally {
    closeSync(device);
  }
}

async function setReadOnly(
  names: readonly string[],
  isReadOnly: boolean,
  signal: AbortSignal,
): Promise<void> {
  const paths = names.map((name) => `/dev/${name}`);
  await exec(['blockdev', isReadOnly ? '--setro' : '--setrw', ...paths], { signal });
}
