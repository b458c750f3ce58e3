/** @alone The programs that its builds start have two seconds each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { failed, jobOf, type Row, runRows } from '../support/fault-rows.js';
import { type JobWorkers, openJobWorkers } from '../support/job-workers.js';
import type { Fate } from '../support/local-programs.js';
import { successful } from '../support/process.js';
import { howMany, seed } from '../support/seed.js';
import { problemsReported, watched } from '../support/watched-commands.js';
import { emptyWorker, type Worker } from '../support/worker.js';

type Half = 'mount' | 'commit';
interface Start {
  readonly half: Half;
  readonly args: string;
  readonly start: number;
}

let open: JobWorkers;
let starts: readonly Start[];
/** The build soon has no owner: post or the next build, whichever runs first, must remove it. */
const inputs = { hold: '1s', 'root-volume-size': '2', 'copy-files': '["/etc/hosts"]' };

beforeAll(async () => {
  open = await openJobWorkers();
  const [worker] = open.workers;
  if (worker === undefined) throw new Error('there is no lane');
  const first = watched(worker);
  const options = { inputs, bundle: 'mount', job: open.jobOf(worker) } as const;
  const wrapped = { ...options, wrap: first.wrap };
  const gone = jobOf(worker, { kind: 'plain', options: () => wrapped }, 'the first half');
  successful(await gone.main());
  successful(await gone.post());
  const second = watched(worker);
  const mount = jobOf(worker, { kind: 'plain', options: () => options }, 'going well');
  successful(await mount.main());
  successful(await open.commitOf(worker, mount, { wrap: second.wrap }).main());
  await emptyWorker(worker);
  const startsOf = (half: Half, of: ReturnType<typeof watched>): Start[] =>
    of.inspect().starts.map((args, index) => ({ half, args, start: index + 1 }));
  starts = [...startsOf('mount', first), ...startsOf('commit', second)];
}, 120_000);
afterAll(async () => {
  await open[Symbol.asyncDispose]();
}, 120_000);

const rowOf = ({ half, args, start }: Start, fate: Fate): Row => {
  const watches = new Map<Worker, ReturnType<typeof watched>>();
  const of = (worker: Worker) => {
    const watch = watches.get(worker) ?? watched(worker, { start, fate });
    watches.set(worker, watch);
    return watch;
  };
  const environment: NodeJS.ProcessEnv =
    fate === 'hangs' ? { BUILD_OMI_COMMAND_LIMITS: 'quick=2 disk=2' } : {};
  return {
    title: `${half}: ${start} ${args.split('\n')[0]?.slice(0, 80)} ${fate}`,
    kind: 'plain',
    options: (worker) => ({
      inputs,
      bundle: 'mount',
      job: open.jobOf(worker),
      ...(half === 'mount' ? { wrap: of(worker).wrap, environment } : {}),
    }),
    drive: async (mount, worker) => {
      const main = await mount.main();
      const problems = half === 'commit' ? failed(main) : [];
      if (problems.length > 0) return problems;
      const ended =
        half === 'mount'
          ? main
          : await open.commitOf(worker, mount, { wrap: of(worker).wrap, environment }).main();
      await sleep(1000); // It is held no longer.
      return problemsReported(ended, { isOwn: false, start, fate }, of(worker).inspect());
    },
  };
};

const many = howMany('FAULT_MOMENTS', 60) / 10;

test.each(['fails', 'hangs'] as const)(
  `local commands of mount and commit: one %s (FAULT_SEED=${seed})`,
  async (fate) => {
    expect(starts.length).toBeGreaterThan(20);
    const all = { minLength: starts.length, maxLength: starts.length };
    const [drawn = []] = fc.sample(fc.shuffledSubarray([...starts], all), { seed, numRuns: 1 });
    expect(
      await runRows(
        open.workers,
        drawn.slice(0, many).map((one) => rowOf(one, fate)),
      ),
    ).toEqual([]);
  },
  900_000,
);
