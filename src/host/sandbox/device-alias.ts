import { existsSync, symlinkSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import type { Sandbox } from './sandbox.js';

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
  sandbox: Sandbox,
  disk: string,
  alias: string,
  signal: AbortSignal,
): Promise<string> {
  if (isAppendable(disk)) return `/dev/${disk}`;
  const folder = sandbox.names ?? '/dev/shm';
  const name = `${folder}/${alias}`;
  if (existsSync(`${sandbox.root}${name}`)) return name;
  if (sandbox.names === undefined) await cover(sandbox, folder, signal);
  symlinkSync(`/dev/${disk}`, `${sandbox.root}${name}`);
  for (let number = 1; number <= mostPartitions; number += 1) {
    symlinkSync(`/dev/${partitionName(disk, number)}`, `${sandbox.root}${name}${number}`);
  }
  return name;
}

async function cover(sandbox: Sandbox, folder: string, signal: AbortSignal): Promise<void> {
  const options = 'mode=1777,nosuid,nodev';
  await exec(sandbox.inside(['mount', '--types', 'tmpfs', '--options', options, 'build-omi-names', folder]), {
    signal,
  });
}
