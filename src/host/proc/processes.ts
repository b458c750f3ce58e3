import { readFileSync } from 'node:fs';

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
