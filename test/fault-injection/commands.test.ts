/** @alone The programs that its builds start have two seconds each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jobOf, openWorkers, type Row, runRows } from '../support/fault-rows.js';
import type { Fate } from '../support/local-programs.js';
import { successful } from '../support/process.js';
import { problemsReported, watched } from '../support/watched-commands.js';
import { emptyWorker, type Worker } from '../support/worker.js';

let workers: readonly Worker[];
let starts: readonly string[];

/** A build that starts as many programs of the VM as possible. */
const inputs = {
  'root-volume-size': '2',
  'pre-mount-commands': ': pre-mount',
  'post-mount-commands': ': post-mount',
  'copy-files': '["/etc/hosts"]',
  'provision-timeout': '2s',
};
/** These may take as long as they like: the user cancels what hangs. */
const isOwn = (start = ''): boolean => /: (pre|post)-mount/.test(start);

beforeAll(async () => {
  workers = await openWorkers();
  const [worker] = workers;
  if (worker === undefined) throw new Error('there is no lane');
  const { wrap, inspect } = watched(worker);
  successful(await jobOf(worker, { kind: 'plain', options: () => ({ inputs, wrap }) }, 'going well').main());
  await emptyWorker(worker);
  starts = inspect().starts;
}, 120_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
}, 120_000);

const rowOf = (args: string, start: number, fate: Fate): Row => {
  const watches = new Map<Worker, ReturnType<typeof watched>>();
  const of = (worker: Worker) => {
    const watch = watches.get(worker) ?? watched(worker, { start, fate });
    watches.set(worker, watch);
    return watch;
  };
  return {
    title: `${start} ${args.split('\n')[0]?.slice(0, 80)} ${fate}`,
    kind: 'plain',
    options: (worker) => ({
      inputs,
      wrap: of(worker).wrap,
      environment: fate === 'hangs' ? { BUILD_OMI_COMMAND_LIMITS: 'quick=2 disk=2' } : {},
    }),
    drive: async (job, worker) => {
      const main = job.start();
      // Programs that are started at the same time have another order in each build.
      const isOwnOne = (): boolean => isOwn(of(worker).inspect().starts[start - 1]);
      const ended = new AbortController();
      const cancel = async (): Promise<void> => {
        for (let seconds = 0; seconds < 30 && !isOwnOne(); seconds += 1)
          await sleep(1000, undefined, { signal: ended.signal });
        main.child.kill('SIGINT');
      };
      if (fate === 'hangs') cancel().catch(() => {});
      const { code, lines } = await main.ended;
      ended.abort();
      return problemsReported({ code, lines }, { isOwn: isOwnOne(), start, fate }, of(worker).inspect());
    },
  };
};

test.each(['fails', 'hangs'] as const)(
  'a build leaves no resources if any local command %s',
  async (fate) => {
    expect(starts.length).toBeGreaterThan(20);
    const rows = starts.map((args, index) => rowOf(args, index + 1, fate));
    expect(await runRows(workers, rows)).toEqual([]);
  },
  900_000,
);
