/** @alone The programs that its builds start have one second each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { emptyLane, type Lane } from '../support/lane.js';
import type { Fate } from '../support/local-programs.js';
import { successful } from '../support/process.js';
import { jobOf, openLanes, type Row, runRows } from '../support/rows.js';
import { watched, wrongToldOf } from '../support/watched.js';

let lanes: readonly Lane[];
let starts: readonly string[];

/** A build that starts as many of the VM's programs as can be. */
const inputs = {
  'root-volume-size': '2',
  'pre-mount-commands': ': pre-mount',
  'post-mount-commands': ': post-mount',
  'copy-files': '["/etc/hosts"]',
  'provision-timeout': '2s',
};
/** These may take as long as they like: the user cancels what hangs. */
const isOwn = (start: string): boolean => /: (pre|post)-mount/.test(start);

beforeAll(async () => {
  lanes = await openLanes();
  const [lane] = lanes;
  if (lane === undefined) throw new Error('there is no lane');
  const { wrap, look } = watched(lane);
  successful(await jobOf(lane, { kind: 'plain', options: () => ({ inputs, wrap }) }, 'going well').main());
  await emptyLane(lane);
  starts = look().starts;
}, 120_000);
afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
}, 120_000);

const rowOf = (words: string, start: number, fate: Fate): Row => {
  const watches = new Map<Lane, ReturnType<typeof watched>>();
  const of = (lane: Lane) => {
    const watch = watches.get(lane) ?? watched(lane, { start, fate });
    watches.set(lane, watch);
    return watch;
  };
  return {
    title: `${start} ${words.split('\n')[0]?.slice(0, 80)} ${fate}`,
    kind: 'plain',
    options: (lane) => ({
      inputs,
      wrap: of(lane).wrap,
      environment: fate === 'hangs' ? { BUILD_OMI_COMMAND_LIMITS: 'quick=1 disk=1' } : {},
    }),
    drive: async (job, lane) => {
      const main = job.start();
      const ended = new AbortController();
      const cancel = async (): Promise<void> => {
        await sleep(isOwn(words) ? 3000 : 30_000, undefined, { signal: ended.signal });
        main.child.kill('SIGINT');
      };
      if (fate === 'hangs') cancel().catch(() => {});
      const { code, lines } = await main.ended;
      ended.abort();
      return wrongToldOf({ code, lines }, { isOwn: isOwn(words), start, fate }, of(lane).look());
    },
  };
};

test.each(['fails', 'hangs'] as const)(
  'every local command of a build %s',
  async (fate) => {
    expect(starts.length).toBeGreaterThan(20);
    const rows = starts.map((words, index) => rowOf(words, index + 1, fate));
    expect(await runRows(lanes, rows)).toEqual([]);
  },
  900_000,
);
