import { existsSync, readdirSync } from 'node:fs';
import { filesystemsOf, processesUsing } from '../exec/process-files.js';
import { attempt, nameOf } from '../proc/processes.js';
import { type DiskUse, useOf } from './disk-use.js';
import { loopsOn } from './loop-devices.js';
import { deviceNumbers } from './partitions.js';
import { swaps } from './swap.js';

/**
 * The users of a disk, one line each: mounts in every mount namespace, processes that use its filesystems,
 * swap, and stacked devices. After a lazy unmount, only the device number of an open file identifies a
 * process.
 */
export async function usersOf(disk: string, signal: AbortSignal): Promise<string[]> {
  if (!existsSync(`/sys/block/${disk}`)) return [];
  const use = await useOf(disk, signal);
  const loops = (await loopsOn(disk, signal)).map(
    ({ name, file }) => `loop device ${name} uses its file ${file}`,
  );
  return [
    ...mountLines(use),
    ...(await processLines(use, signal)),
    ...(await swapLines(disk, use, signal)),
    ...loops,
    ...deviceLines(disk),
  ];
}

const mountLines = ({ namespaces }: DiskUse): string[] =>
  namespaces.flatMap(({ ofDisk, isOwn, pids: [first = 0] }) =>
    ofDisk.map(({ target, pid }) => {
      const seenBy = isOwn ? first : pid;
      return `mounted at ${target} in the mount namespace of process ${seenBy} (${nameOf(seenBy)})`;
    }),
  );

async function processLines(use: DiskUse, signal: AbortSignal): Promise<string[]> {
  const mounts = use.namespaces.flatMap(({ ofDisk }) => ofDisk.map(({ id }) => id));
  const { processes, unanswered } = await processesUsing({ ...use, mounts }, signal);
  return [
    ...processes.map(({ pid, name, ways }) => `process ${pid} (${name}) uses it: ${ways.join(', ')}`),
    ...unanswered.map(
      (pid) =>
        `process ${pid} (${nameOf(pid)}) may use it: a filesystem that the process uses does not respond`,
    ),
  ];
}

/**
 * A swap file that does not exist on the VM under its path was turned on in a chroot. Its disk is unknown.
 */
async function swapLines(disk: string, { devices }: DiskUse, signal: AbortSignal): Promise<string[]> {
  const own = new Set([...deviceNumbers(disk).keys()].map((name) => `/dev/${name}`));
  const files = swaps().filter(({ type }) => type === 'file');
  const filesystems = await filesystemsOf(
    files.map(({ path }) => path),
    signal,
  );
  return swaps().flatMap(({ path, type }) => {
    if (own.has(path)) return [`in use as swap: ${path}`];
    if (type !== 'file') return [];
    const found = filesystems.get(path);
    if (found === undefined) return [`possibly its file is in use as swap: ${path}`];
    return devices.has(found.device) ? [`its file is in use as swap: ${path}`] : [];
  });
}

/** The directory `holders` lists the device mapper, RAID and other devices that use a block device. */
const deviceLines = (disk: string): string[] =>
  [...deviceNumbers(disk).keys()].flatMap((name) => {
    const folder = name === disk ? `/sys/block/${disk}/holders` : `/sys/block/${disk}/${name}/holders`;
    return (attempt(() => readdirSync(folder)) ?? []).map((holder) => `device ${holder} uses ${name}`);
  });
