import { existsSync, symlinkSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import type { Room } from './sandbox.js';

/** As many as a GPT has by default. */
const mostPartitions = 128;

/** The kernel's name of a partition: it puts a `p` after a name that ends in a digit (loop0p1, nvme0n1p1, xvdb1). */
export const partitionName = (disk: string, number: number): string =>
  `${disk}${isAppendable(disk) ? '' : 'p'}${number}`;

const isAppendable = (disk: string): boolean => !/\d$/.test(disk);

/**
 * A name of a disk, for commands in the namespaces before the image is the root, to which the number of a partition
 * can be appended. Where that is not the kernel's own there are links, in a folder of the build's own, and those of
 * partitions that are not
 * there yet dangle until they are made.
 * @param disk the kernel's name
 * @param alias what the links are called
 */
export async function appendableName(
  room: Room,
  disk: string,
  alias: string,
  signal: AbortSignal,
): Promise<string> {
  if (isAppendable(disk)) return `/dev/${disk}`;
  const folder = room.names ?? '/dev/shm';
  const name = `${folder}/${alias}`;
  if (existsSync(`${room.root}${name}`)) return name;
  if (room.names === undefined) await cover(room, folder, signal);
  symlinkSync(`/dev/${disk}`, `${room.root}${name}`);
  for (let number = 1; number <= mostPartitions; number += 1) {
    symlinkSync(`/dev/${partitionName(disk, number)}`, `${room.root}${name}${number}`);
  }
  return name;
}

async function cover(room: Room, folder: string, signal: AbortSignal): Promise<void> {
  const options = 'mode=1777,nosuid,nodev';
  await exec(room.inside(['mount', '--types', 'tmpfs', '--options', options, 'build-omi-names', folder]), {
    signal,
  });
}
