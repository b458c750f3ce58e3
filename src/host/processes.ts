import { readdirSync, readFileSync } from 'node:fs';
import { pids } from './mounts.js';

/** A process that uses something, and by what. */
export interface UsingProcess {
  readonly pid: number;
  /** The kernel's name for it: the first 15 characters of its program's name (proc(5), comm). */
  readonly name: string;
  readonly ways: readonly string[];
}

/** What work gives; undefined where the process ended meanwhile, or is one that not even root may look at. */
export const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

export const nameOf = (pid: number): string =>
  attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? '?';

/**
 * The processes that use something: as their root, as their working directory, as their program, as an open or a
 * mapped file.
 * @param is whether a link of /proc leads to it
 * @param maps whether the text of a maps file names it (proc(5))
 */
export function processesUsing(
  is: (link: string) => boolean | undefined,
  maps: (text: string) => boolean,
): UsingProcess[] {
  return pids().flatMap((pid) => {
    const at = `/proc/${pid}`;
    const files = attempt(() => readdirSync(`${at}/fd`)) ?? [];
    const ways = [
      ...['root', 'cwd', 'exe'].filter((link) => attempt(() => is(`${at}/${link}`))),
      ...files.filter((file) => attempt(() => is(`${at}/fd/${file}`))).map((file) => `open file ${file}`),
      ...(maps(attempt(() => readFileSync(`${at}/maps`, 'utf8')) ?? '') ? ['mapped file'] : []),
    ];
    return ways.length === 0 ? [] : [{ pid, name: nameOf(pid), ways }];
  });
}
