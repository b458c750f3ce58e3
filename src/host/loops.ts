import { existsSync, readdirSync } from 'node:fs';
import { exec } from './exec.js';
import { deviceNumbers } from './partitions.js';

/** A loop device, and the file that it stands on, as it was called when it was opened. */
export interface Loop {
  readonly name: string;
  readonly file: string;
}

const isSetUp = (name: string): boolean => existsSync(`/sys/block/${name}/loop/backing_file`);

/** Every loop device that is set up, with the device number of the filesystem that its file lies on (losetup(8), which pads it). */
async function allLoops(signal: AbortSignal): Promise<(Loop & { readonly home: string })[]> {
  if (!readdirSync('/sys/block').some(isSetUp)) return [];
  const wanted = ['--list', '--noheadings', '--raw', '--output', 'NAME,BACK-MAJ:MIN,BACK-FILE'] as const;
  const { stdout } = await exec(['losetup', ...wanted], { signal });
  return stdout.split('\n').flatMap((line) => {
    const [, name, home, file] = /^\/dev\/(\S+) (?:\\x20)*(\d+:\d+)(?:\\x20)* (.*)$/.exec(line) ?? [];
    return name === undefined || home === undefined || file === undefined ? [] : [{ name, home, file }];
  });
}

/** The loop devices whose file lies on a disk, and those on such a device; what stands on another comes first. */
export async function loopsOn(disk: string, signal: AbortSignal): Promise<Loop[]> {
  const all = await allLoops(signal);
  const on = (under: string): Loop[] => {
    const numbers = [...deviceNumbers(under).values()];
    return all.filter(({ home }) => numbers.includes(home)).flatMap((loop) => [...on(loop.name), loop]);
  };
  return on(disk);
}

/** Detaches a loop device. @returns whether it is gone: one in use goes with its last user, and losetup(8) calls that a success. */
export async function detachLoop({ name }: Loop, signal: AbortSignal): Promise<boolean> {
  await exec(['losetup', '--detach', `/dev/${name}`], { answers: [1], signal });
  return !isSetUp(name);
}
