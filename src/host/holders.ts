import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { loopsOn } from './loops.js';
import { type Mount, mountsIn, pids } from './mounts.js';
import { deviceNumbers } from './partitions.js';
import { attempt, nameOf, processesUsing } from './processes.js';
import { swaps } from './swaps.js';

/** A disk and its partitions as they show in what the kernel tells of processes and mounts. */
interface Wanted {
  readonly disk: string;
  /** MAJOR:MINOR by the kernel's names. */
  readonly numbers: ReadonlyMap<string, string>;
  /** The same of their filesystems, as maps of processes have them: that of a btrfs is its own. */
  readonly filesystems: Set<string>;
  /** The numbers stat(2) gives: of the devices, and of the files on their filesystems. */
  readonly devices: Set<number>;
}

/**
 * Who holds a disk or a part of it, a line each: mounts in every mount namespace, processes that work on its
 * filesystems (after a lazy unmount only the device number of an open file still tells), swap, and devices on top.
 */
export async function holdersOf(disk: string, signal: AbortSignal): Promise<string[]> {
  if (!existsSync(`/sys/block/${disk}`)) return [];
  const numbers = deviceNumbers(disk);
  const devices = new Set(
    [...numbers.keys()].flatMap((name) => attempt(() => statSync(`/dev/${name}`).rdev) ?? []),
  );
  const wanted: Wanted = { disk, numbers, filesystems: new Set(numbers.values()), devices };
  const users = [...mountLines(wanted), ...processLines(wanted)];
  const loops = (await loopsOn(disk, signal)).map(
    ({ name, file }) => `the loop device ${name} stands on its file ${file}`,
  );
  return [...users, ...swapLines(wanted), ...loops, ...deviceLines(wanted)];
}

/** A mount of btrfs has a device number of its own: there only its source tells. */
const isOf = ({ numbers }: Wanted, { device, source }: Mount): boolean =>
  [...numbers].some(([name, number]) => number === device || source === `/dev/${name}`);

function mountLines(wanted: Wanted): string[] {
  const seen = new Set<string>();
  return pids().flatMap((pid) => {
    const namespace = attempt(() => readlinkSync(`/proc/${pid}/ns/mnt`)) ?? `of ${pid}`;
    if (seen.has(namespace)) return [];
    seen.add(namespace);
    return mountsIn(pid)
      .filter((mount) => isOf(wanted, mount))
      .map(({ device, target }) => {
        wanted.filesystems.add(device);
        const root = attempt(() => statSync(`/proc/${pid}/root${target}`).dev);
        if (root !== undefined) wanted.devices.add(root);
        return `mounted at ${target} in the mount namespace of process ${pid} (${nameOf(pid)})`;
      });
  });
}

function processLines({ devices, filesystems }: Wanted): string[] {
  const uses = (link: string): boolean => {
    const stat = statSync(link);
    return devices.has(stat.dev) || (stat.isBlockDevice() && devices.has(stat.rdev));
  };
  // The device is in hexadecimal there, MAJOR:MINOR.
  const hex = (number: string): string => Number(number).toString(16).padStart(2, '0');
  const mapped = [...filesystems].map((number) => ` ${number.split(':').map(hex).join(':')} `);
  return processesUsing(uses, (text) => mapped.some((device) => text.includes(device))).map(
    ({ pid, name, ways }) => `process ${pid} (${name}) uses it: ${ways.join(', ')}`,
  );
}

/** A file that the VM does not have by that name was put to use in a chroot: of which disk, nothing tells. */
const swapLines = ({ numbers, devices }: Wanted): string[] =>
  swaps().flatMap(({ path, type }) => {
    if ([...numbers.keys()].some((name) => path === `/dev/${name}`)) return [`in use as swap: ${path}`];
    const found = type === 'file' ? attempt(() => statSync(path)) : undefined;
    if (found && devices.has(found.dev)) return [`its file is in use as swap: ${path}`];
    return type === 'file' && !found?.isFile() ? [`maybe its file is in use as swap: ${path}`] : [];
  });

/** Device mapper, RAID and the like keep what they stand on below `holders`. */
const deviceLines = ({ disk, numbers }: Wanted): string[] =>
  [...numbers.keys()].flatMap((name) => {
    const folder = name === disk ? `/sys/block/${disk}/holders` : `/sys/block/${disk}/${name}/holders`;
    return (attempt(() => readdirSync(folder)) ?? []).map(
      (holder) => `the device ${holder} stands on ${name}`,
    );
  });
