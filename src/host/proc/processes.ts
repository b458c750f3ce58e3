import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { pids } from './mountinfo.js';

/**
 * The result of `work`; undefined when it throws: the process has ended, or even root has no permission to
 * read it.
 */
export const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/** The first 15 characters of the name of a program (proc(5), comm); `?` when the process has ended. */
export const nameOf = (pid: number): string =>
  attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? '?';

/**
 * The Perl programs of this user, root for a build, whose last argument is this name. Another user can start
 * no program of root's with such an argument but a setuid one, and Perl is none.
 */
export const ownPerlNamed = (name: string): number[] =>
  pids().filter(
    (pid) =>
      attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
        ?.split('\0')
        .at(-2) === name &&
      attempt(() => statSync(`/proc/${pid}`))?.uid === process.geteuid?.() &&
      attempt(() => basename(readlinkSync(`/proc/${pid}/exe`)))?.startsWith('perl') === true,
  );
