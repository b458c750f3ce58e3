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

/** Milliseconds: how long a process may take to end when it is asked to. */
const asked = 3000;

/** What is mounted at a path or below it, here and in the mount namespaces that have a copy of it. */
interface Tree {
  readonly mounts: ReadonlySet<string>;
  /** Device numbers of filesystems that are mounted nowhere else in this namespace. */
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
 * The processes that use what is mounted at a path or below it, or the filesystems of the disk in another way, by mount ID
 * and device number; and those whose mount namespace has the disk mounted and belongs to another user namespace: nothing
 * can be unmounted for them, and the disk is in use as long as they run.
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
      const places = ofDisk.map(({ target }) => target).join(', ');
      return [{ pid, start, name: nameOf(pid), ways: [`its mount namespace has ${places}`] }];
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

/** This process, and those that it came from. */
function lineage(): Set<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); ) {
    line.add(pid);
    pid = startOf(pid).parent;
  }
  return line;
}

/**
 * Ends every process that uses what is mounted at a path or below it: asked first, then killed.
 * @param patience milliseconds for all of them: one in the middle of a write ends when that is done.
 * @returns those that were ended, a line each.
 * @throws BuildError when one of them is where this process came from, such as the shell of the user, or does not end.
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
  const look = async (): Promise<UsingProcess[]> => await mountUsers(path, disk, signal);
  for (let found = await look(); found.length > 0; found = await look()) {
    const self = found.find(({ pid }) => own.has(pid));
    if (self !== undefined) {
      throw new BuildError(`${self.name} (${self.pid}), from which this was started, works in ${path}`, {
        hint: 'Leave it first, for example by: cd /',
      });
    }
    const waited = performance.now() - start;
    if (waited > timeout) {
      throw new BuildError(`processes that use ${path} do not end`, { output: found.map(lineOf) });
    }
    const due = found.filter(({ pid }) => waited >= asked || !ended.has(pid));
    for (const one of due) ended.set(one.pid, lineOf(one));
    await signalProcesses(due, waited < asked ? 'SIGTERM' : 'SIGKILL', signal);
    await sleep(20, undefined, { signal });
  }
  return [...ended.values()];
}

const lineOf = ({ name, pid, ways }: UsingProcess): string => `${name} (${pid}): ${ways.join(', ')}`;
