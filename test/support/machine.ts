import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a build could leave on the VM: everything here must be the same afterwards. */
export interface Inventory {
  readonly loops: readonly string[];
  readonly mounts: readonly string[];
  readonly names: readonly string[];
  readonly namespaces: readonly string[];
  readonly folders: readonly string[];
}

const pids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

const attempt = <T>(work: () => T): T[] => {
  try {
    return [work()];
  } catch {
    return []; // The process ended meanwhile.
  }
};

/** Loop devices in use, mounts of loop devices in any namespace, device names, PID namespaces, mount points. */
export function inventory(): Inventory {
  const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
  const mounts = pids().flatMap((pid) =>
    attempt(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n')).flat(),
  );
  return {
    loops: execFileSync('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .sort(),
    mounts: [
      ...new Set(
        mounts.filter((line) => /\/dev\/loop|build-omi/.test(line)).map((line) => line.split(' ')[4] ?? ''),
      ),
    ].sort(),
    names: [...list('/dev').filter((name) => /^(xvd|sd)/.test(name)), ...list('/dev/disk/by-id')].sort(),
    namespaces: [
      ...new Set(pids().flatMap((pid) => attempt(() => readlinkSync(`/proc/${pid}/ns/pid`)))),
    ].sort(),
    folders: list('/mnt/build-omi').sort(),
  };
}
