import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pids } from '../../src/host/proc/mountinfo.js';
import type { Ran, Running } from './process.js';

/** A process and all its descendants. */
export function treeOf(root: number): number[] {
  const parents = pids().flatMap((pid) => {
    try {
      return [{ pid, parent: Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]) }];
    } catch {
      return []; // It ended meanwhile.
    }
  });
  const below = (pid: number): number[] =>
    parents.filter(({ parent }) => parent === pid).flatMap((one) => [one.pid, ...below(one.pid)]);
  return [root, ...below(root)];
}

/** The ways in which a build is ended from outside. */
export const endings = {
  /**
   * As the runner cancels a step: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL, to the node process
   * alone.
   */
  cancelled: async (main: Running): Promise<Ran> => {
    main.child.kill('SIGINT');
    const later = [
      setTimeout(() => main.child.kill('SIGTERM'), 7_500),
      setTimeout(() => main.child.kill('SIGKILL'), 10_000),
    ];
    const ended = await main.ended;
    later.forEach(clearTimeout);
    return ended;
  },
  'killed alone': async (main: Running): Promise<Ran> => {
    main.child.kill('SIGKILL');
    return await main.ended;
  },
  'killed with its whole tree': async (main: Running): Promise<Ran> => {
    const { pid } = main.child;
    if (pid !== undefined && main.child.exitCode === null) {
      for (const one of treeOf(pid)) {
        try {
          process.kill(one, 'SIGKILL');
        } catch {
          // It ended with the previous signal.
        }
      }
    }
    return await main.ended;
  },
} as const;
export type End = keyof typeof endings;
export const allEndings = [
  'cancelled',
  'killed alone',
  'killed with its whole tree',
] as const satisfies readonly End[];

/** Terminates a program this many milliseconds after its start. @returns the problems of how it ended. */
export async function endAfter(ms: number, end: End, main: Running): Promise<readonly string[]> {
  await Promise.race([sleep(ms), main.ended]);
  const { code, text } = await endings[end](main);
  return code === null || code === 0 || /was cancelled \(SIGINT\)/.test(text)
    ? []
    : [`exit code ${code}:\n${text}`];
}
