import { closeSync, constants, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { exec } from '../../host/exec/exec.js';

/*
 * Loop devices are looked up in /sys and never cached. Only devices whose backing file belongs to the
 * emulator are changed; `losetup -D` is never used.
 */

/** The loop devices and their backing files. */
export function loopDevices(): { name: string; file: string }[] {
  const names = readdirSync('/sys/block').filter((name) => /^loop\d+$/.test(name));
  return names.flatMap((name) => {
    const file = fileOf(name);
    return file === undefined ? [] : [{ name, file }];
  });
}

/** The backing file of a loop device (`loop3`); undefined if it has none. */
export const fileOf = (loop: string): string | undefined =>
  readText(`/sys/block/${loop}/loop/backing_file`)?.replace(/ \(deleted\)$/, '');

/** The loop device (`loop3`) of a file; undefined if there is none. */
export const loopOf = (file: string): string | undefined =>
  loopDevices().find((loop) => loop.file === file)?.name;

/** Numbers of the partitions that the kernel knows on a loop device. */
export function partitions(loop: string): number[] {
  return (list(`/sys/block/${loop}`) ?? []).flatMap((entry) => {
    const number = entry.startsWith(`${loop}p`) ? Number(entry.slice(loop.length + 1)) : Number.NaN;
    return Number.isInteger(number) ? [number] : [];
  });
}

/** A new disk is writable; a loop device that was set read-only stays so when its file is detached. */
async function attachNew(file: string): Promise<string> {
  const { stdout } = await exec(['losetup', '-f', '--show', '-P', file]);
  const loop = stdout.trim().slice('/dev/'.length);
  if (readText(`/sys/block/${loop}/ro`) === '1') await exec(['blockdev', '--setrw', `/dev/${loop}`]);
  return loop;
}

/** Attaches a file and its partitions to a loop device unless it is attached; returns the device name. */
export async function attachLoop(file: string): Promise<string> {
  const found = loopOf(file);
  const loop = found ?? (await attachNew(file));
  // Kernels without a partition parser need partx; its exit code 1 means that the disk has no table.
  if (partitions(loop).length === 0) await exec(['partx', '-a', `/dev/${loop}`], { answers: [1] });
  return loop;
}

/**
 * Detaches the loop device of a file unless it is in use. Call it again until it returns true. `losetup -d`
 * exits with 0 for a device in use and only marks it for detachment at the last close, so the result is read
 * from /sys afterwards. A marked device is not detached twice, because its name may belong to another file by
 * then.
 * @param beforeDetach called immediately before the detachment
 * @returns whether the file has no loop device any more
 */
export async function detachLoop(file: string, beforeDetach: () => void): Promise<boolean> {
  const loop = loopOf(file);
  if (loop === undefined) return true;
  if (readText(`/sys/block/${loop}/loop/autoclear`) === '1' || isInUse(loop)) return false;
  // partx fails while a partition is open. Without it, partition nodes outlive the device.
  if (partitions(loop).length > 0) await exec(['partx', '-d', `/dev/${loop}`], { answers: [1] });
  if (partitions(loop).length > 0) return false;
  beforeDetach();
  await exec(['losetup', '-d', `/dev/${loop}`]);
  // Others use the loop device next.
  await exec(['blockdev', '--setrw', `/dev/${loop}`], { answers: [1] });
  return loopOf(file) === undefined;
}

/**
 * Whether the disk or one of its partitions is mounted, in any namespace, or in use otherwise: the kernel
 * grants an exclusive open of a disk only if no part of it is in exclusive use.
 */
function isInUse(loop: string): boolean {
  try {
    closeSync(openSync(`/dev/${loop}`, constants.O_RDONLY | constants.O_EXCL));
    return false;
  } catch {
    return true;
  }
}

function readText(path: string): string | undefined {
  try {
    // Most loop devices have no file, and an error takes much longer than this.
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
  } catch {
    return undefined;
  }
}

function list(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}
