import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** The resources that builds of one emulator can leave on the VM: all must be the same afterwards. */
export interface Inventory {
  /** Loop devices of the emulator's volumes. */
  readonly loops: readonly string[];
  /** Where they are mounted, in any mount namespace. */
  readonly mounts: readonly string[];
  /** Names in /dev that lead to them, or to nothing. */
  readonly names: readonly string[];
  /** Processes that hold namespaces of its builds and whose parent has ended. */
  readonly orphans: readonly string[];
  /** Mount points of its builds. */
  readonly folders: readonly string[];
}

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

const attempt = <T>(work: () => T): T[] => {
  try {
    return [work()];
  } catch {
    return []; // The process ended meanwhile.
  }
};

const processes = (): string[] => list('/proc').filter((name) => /^\d+$/.test(name));

/**
 * Lists the resources of an emulator's builds on this machine. Other emulators may run at the same time.
 * @param folder the directory of the test, with the emulator's disks and its record.
 */
export function inventory(folder: string): Inventory {
  const loops = execFileSync('losetup', ['--list', '--noheadings', '--raw', '--output', 'NAME,BACK-FILE'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((line) => line.includes(`${folder}/`))
    .map((line) => line.split(' ')[0] ?? '');
  const isOurs = (device: string): boolean =>
    loops.some((loop) => device === loop || device.startsWith(`${loop}p`));
  const mounts = processes()
    .flatMap((pid) => attempt(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n')))
    .flat()
    .filter((line) => isOurs(/ - \S+ (\S+)/.exec(line)?.[1] ?? ''));
  const links = [
    ...list('/dev').map((name) => join('/dev', name)),
    ...list('/dev/disk/by-id').map((name) => join('/dev/disk/by-id', name)),
  ];
  const record = readFileSync(join(folder, 'record.jsonl'), 'utf8');
  // The last argument of such a process names its build (host/sandbox/namespaces.ts).
  const isOfBuild = (pid: string): boolean => {
    const [command = ''] = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    const build = /\0build-omi-(\w+) of user \d+\0$/.exec(command)?.[1];
    return build !== undefined && record.includes(build);
  };
  return {
    loops,
    mounts: [...new Set(mounts)].sort(),
    names: links
      .filter((path) => /\/(xvd|sd|scsi-)/.test(path) && attempt(() => realpathSync(path)).some(isOurs))
      .sort(),
    orphans: processes().filter((pid) =>
      attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).some(
        (stat) => /\(perl\) [^Z] 1 /.test(stat) && isOfBuild(pid),
      ),
    ),
    folders: list('/mnt/build-omi').filter((build) => record.includes(build)),
  };
}
