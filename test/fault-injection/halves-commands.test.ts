/** @alone The programs that its builds start have one second each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type JobLanes, openJobLanes } from '../support/job-lanes.js';
import { emptyLane, type Lane } from '../support/lane.js';
import type { Fate } from '../support/local-programs.js';
import { successful } from '../support/process.js';
import { failed, jobOf, type Row, runRows } from '../support/rows.js';
import { howMany, seed } from '../support/seed.js';
import { watched, wrongToldOf } from '../support/watched.js';

type Half = 'mount' | 'commit';
interface Start {
  readonly half: Half;
  readonly words: string;
  readonly start: number;
}

let open: JobLanes;
let starts: readonly Start[];
/** Soon nobody's any more: whichever of post and the next build comes first has to put it away. */
const inputs = { hold: '1s', 'root-volume-size': '2', 'copy-files': '["/etc/hosts"]' };

beforeAll(async () => {
  open = await openJobLanes();
  const [lane] = open.lanes;
  if (lane === undefined) throw new Error('there is no lane');
  const first = watched(lane);
  const options = { inputs, bundle: 'mount', job: open.jobOf(lane) } as const;
  const wrapped = { ...options, wrap: first.wrap };
  const gone = jobOf(lane, { kind: 'plain', options: () => wrapped }, 'the first half');
  successful(await gone.main());
  successful(await gone.post());
  const second = watched(lane);
  const mount = jobOf(lane, { kind: 'plain', options: () => options }, 'going well');
  successful(await mount.main());
  successful(await open.commitOf(lane, mount, { wrap: second.wrap }).main());
  await emptyLane(lane);
  const startsOf = (half: Half, of: ReturnType<typeof watched>): Start[] =>
    of.look().starts.map((words, index) => ({ half, words, start: index + 1 }));
  starts = [...startsOf('mount', first), ...startsOf('commit', second)];
}, 120_000);
afterAll(async () => {
  await open[Symbol.asyncDispose]();
}, 120_000);

const rowOf = ({ half, words, start }: Start, fate: Fate): Row => {
  const watches = new Map<Lane, ReturnType<typeof watched>>();
  const of = (lane: Lane) => {
    const watch = watches.get(lane) ?? watched(lane, { start, fate });
    watches.set(lane, watch);
    return watch;
  };
  const environment: NodeJS.ProcessEnv =
    fate === 'hangs' ? { BUILD_OMI_COMMAND_LIMITS: 'quick=1 disk=1' } : {};
  return {
    title: `${half}: ${start} ${words.split('\n')[0]?.slice(0, 80)} ${fate}`,
    kind: 'plain',
    options: (lane) => ({
      inputs,
      bundle: 'mount',
      job: open.jobOf(lane),
      ...(half === 'mount' ? { wrap: of(lane).wrap, environment } : {}),
    }),
    drive: async (mount, lane) => {
      const main = await mount.main();
      const wrong = half === 'commit' ? failed(main) : [];
      if (wrong.length > 0) return wrong;
      const ended =
        half === 'mount'
          ? main
          : await open.commitOf(lane, mount, { wrap: of(lane).wrap, environment }).main();
      await sleep(1000); // It is held no longer.
      return wrongToldOf(ended, { isOwn: false, start, fate }, of(lane).look());
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
        open.lanes,
        drawn.slice(0, many).map((one) => rowOf(one, fate)),
      ),
    ).toEqual([]);
  },
  900_000,
);
