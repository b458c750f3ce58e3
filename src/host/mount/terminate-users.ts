import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../../common/errors.js';
import { type DiskUse, useOf } from '../disk/disk-use.js';
import { mountNamespaces } from '../disk/mount-namespaces.js';
import { showsDisk } from '../disk/mounts-of-disk.js';
import { processesUsing, type UsingProcess } from '../exec/process-files.js';
import { identify, startOf } from '../proc/identity.js';
import { currentMounts, isAtOrBelow, type Mount } from '../proc/mountinfo.js';
import { nameOf } from '../proc/processes.js';
import { signalProcesses } from './signal-processes.js';

/** Milliseconds between SIGTERM and SIGKILL. */
const gracePeriod = 3000;

/** The mounts at or below a path, in this mount namespace and in those with a copy of them. */
interface Tree {
  readonly mounts: ReadonlySet<string>;
  /** Device numbers of the filesystems that are not mounted elsewhere in this namespace. */
  readonly devices: ReadonlySet<string>;
}

function treeAt(path: string, disk: string): Tree {
  const own = currentMounts();
  const isBelow = ({ target }: Mount): boolean => isAtOrBelow(target, path);
  const elsewhere = new Set(own.filter((mount) => !isBelow(mount)).map(({ device }) => device));
  const copies = mountNamespaces().filter(({ mounts, isOwn }) => !isOwn && showsDisk(mounts, path, disk));
  const below = [...own, ...copies.flatMap(({ mounts }) => mounts)].filter(isBelow);
  return {
    mounts: new Set(below.map(({ id }) => id)),
    devices: new Set(below.flatMap(({ device }) => (elsewhere.has(device) ? [] : [device]))),
  };
}

/**
 * Finds the processes that use a mount at or below a path, or a filesystem of the disk, by mount ID and
 * device number. Includes processes in the mount namespaces of other user namespaces that have the disk
 * mounted: build-omi cannot unmount there, so the disk is in use until these processes end.
 */
async function mountUsers(path: string, disk: string, signal: AbortSignal): Promise<UsingProcess[]> {
  const use = existsSync(`/sys/block/${disk}`) ? await useOf(disk, signal) : nothing;
  const tree = treeAt(path, disk);
  const { processes } = await processesUsing(
    {
      ...use,
      mapped: [...use.mapped, ...tree.devices],
      mounts: [...tree.mounts, ...use.namespaces.flatMap(({ ofDisk }) => ofDisk.map(({ id }) => id))],
      nodes: [],
    },
    signal,
  );
  const known = new Set(processes.map(({ pid }) => pid));
  const members = use.foreign.flatMap(({ pids, ofDisk }) =>
    pids.flatMap((pid) => {
      const start = identify(pid)?.start;
      if (known.has(pid) || start === undefined) return [];
      const targets = ofDisk.map(({ target }) => target).join(', ');
      return [{ pid, start, name: nameOf(pid), ways: [`its mount namespace has ${targets}`] }];
    }),
  );
  return [...processes, ...members];
}

const nothing: DiskUse = {
  namespaces: [],
  foreign: [],
  devices: new Set(),
  mapped: new Set(),
  nodes: new Set(),
  remote: new Set(),
};

/** PIDs of this process and its ancestors. */
function lineage(): Set<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); ) {
    line.add(pid);
    pid = startOf(pid).parent;
  }
  return line;
}

/**
 * Terminates every process that uses a mount at or below a path: SIGTERM first, then SIGKILL.
 * @param timeout milliseconds for all processes. A process in an uninterruptible write ends after the write.
 * @returns a line for each terminated process.
 * @throws BuildError if a process is an ancestor of this one, such as the shell of the user, or does not end.
 */
export async function terminateMountUsers(
  path: string,
  disk: string,
  timeout: number,
  signal: AbortSignal,
): Promise<string[]> {
  const own = lineage();
  const ended = new Map<number, string>();
  const start = performance.now();
  const probe = async (): Promise<UsingProcess[]> => await mountUsers(path, disk, signal);
  for (let found = await probe(); found.length > 0; found = await probe()) {
    const self = found.find(({ pid }) => own.has(pid));
    if (self !== undefined) {
      throw new BuildError(`${self.name} (${self.pid}), an ancestor of this process, is using ${path}`, {
        hint: 'Change to another directory first: cd /',
      });
    }
    const waited = performance.now() - start;
    if (waited > timeout) {
      throw new BuildError(`processes that use ${path} did not end within ${timeout / 1000} s`, {
        output: found.map(lineOf),
      });
    }
    const due = found.filter(({ pid }) => waited >= gracePeriod || !ended.has(pid));
    for (const one of due) ended.set(one.pid, lineOf(one));
    await signalProcesses(due, waited < gracePeriod ? 'SIGTERM' : 'SIGKILL', signal);
    await sleep(20, undefined, { signal });
  }
  return [...ended.values()];
}

const lineOf = ({ name, pid, ways }: UsingProcess): string => `${name} (${pid}): ${ways.join(', ')}`;
