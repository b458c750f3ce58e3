import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';
import { exec } from '../../host/exec/exec.js';

/*
 * Loop devices, looked up in /sys and never remembered: the kernel is asked which device holds a file.
 * Only a device whose backing file is ours is ever touched, and `losetup -D` is never used.
 */

/** The loop devices and the files behind them. */
export function loopDevices(): { name: string; file: string }[] {
  const names = readdirSync('/sys/block').filter((name) => /^loop\d+$/.test(name));
  return names.flatMap((name) => {
    const file = readText(`/sys/block/${name}/loop/backing_file`);
    return file === undefined ? [] : [{ name, file: file.replace(/ \(deleted\)$/, '') }];
  });
}

/** The loop device (`loop3`) of a file, if it has one. */
export const loopOf = (file: string): string | undefined =>
  loopDevices().find((loop) => loop.file === file)?.name;

/** Numbers of the partitions that the kernel knows on a loop device. */
export function partitions(loop: string): number[] {
  return (list(`/sys/block/${loop}`) ?? []).flatMap((entry) => {
    const number = entry.startsWith(`${loop}p`) ? Number(entry.slice(loop.length + 1)) : Number.NaN;
    return Number.isInteger(number) ? [number] : [];
  });
}

/** Attaches a file to a loop device with its partitions, if it is not attached yet; returns its name. */
export async function attachLoop(file: string): Promise<string> {
  const found = loopOf(file);
  const loop =
    found ?? (await exec(['losetup', '-f', '--show', '-P', file])).stdout.trim().slice('/dev/'.length);
  // Kernels without a partition parser leave that to partx; its 1 says that the disk has no table.
  if (partitions(loop).length === 0) await exec(['partx', '-a', `/dev/${loop}`], { answers: [1] });
  return loop;
}

/**
 * Detaches the loop device of a file unless it is in use. Call it again until it says true.
 * `losetup -d` answers 0 on a device in use and only marks it to go at the last close, so the result is
 * what /sys says afterwards; a device that is marked is not detached twice, since its name may have gone to
 * somebody else in between.
 * @param parting what to do just before the device goes
 * @returns whether no loop device holds the file any more
 */
export async function detachLoop(file: string, parting: () => void): Promise<boolean> {
  const loop = loopOf(file);
  if (loop === undefined) return true;
  if (readText(`/sys/block/${loop}/loop/autoclear`) === '1' || isInUse(loop)) return false;
  // Refused while a partition is open; without it, nodes of partitions outlive the device.
  if (partitions(loop).length > 0) await exec(['partx', '-d', `/dev/${loop}`], { answers: [1] });
  if (partitions(loop).length > 0) return false;
  parting();
  await exec(['losetup', '-d', `/dev/${loop}`]);
  return loopOf(file) === undefined;
}

/**
 * Whether the disk or one of its partitions is mounted, in whatever namespace, or otherwise held: the kernel
 * grants an exclusive open of a disk only if nobody holds any part of it.
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
    return readFileSync(path, 'utf8').trim();
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
