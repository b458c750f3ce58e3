import { existsSync, symlinkSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import type { Sandbox } from './sandbox.js';

/** The default number of entries of a GPT. */
const maxPartitions = 128;

/** Kernel name of a partition: `p` follows a disk name that ends in a digit (loop0p1, nvme0n1p1, xvdb1). */
export const partitionName = (disk: string, number: number): string =>
  `${disk}${isAppendable(disk) ? '' : 'p'}${number}`;

const isAppendable = (disk: string): boolean => !/\d$/.test(disk);

/**
 * A device path of a disk to which a partition number can be appended, for commands that run in the
 * namespaces before the pivot. If the kernel name does not allow this, creates symbolic links in a directory
 * of the build. The links of partitions that do not exist yet dangle until the partitions are created.
 * @param disk kernel name
 * @param alias name of the links
 */
export async function appendableName(
  sandbox: Sandbox,
  disk: string,
  alias: string,
  signal: AbortSignal,
): Promise<string> {
  if (isAppendable(disk)) return `/dev/${disk}`;
  const directory = sandbox.names ?? '/dev/shm';
  const name = `${directory}/${alias}`;
  if (existsSync(`${sandbox.root}${name}`)) return name;
  if (sandbox.names === undefined) await mountTmpfs(sandbox, directory, signal);
  symlinkSync(`/dev/${disk}`, `${sandbox.root}${name}`);
  for (let number = 1; number <= maxPartitions; number += 1) {
    symlinkSync(`/dev/${partitionName(disk, number)}`, `${sandbox.root}${name}${number}`);
  }
  return name;
}

async function mountTmpfs(sandbox: Sandbox, path: string, signal: AbortSignal): Promise<void> {
  const options = 'mode=1777,nosuid,nodev';
  await exec(sandbox.inside(['mount', '--types', 'tmpfs', '--options', options, 'build-omi-names', path]), {
    signal,
  });
}
