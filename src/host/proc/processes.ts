import { readFileSync } from 'node:fs';

/** The result of `work`; undefined when it throws: the process has ended, or even root has no permission to read it. */
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
