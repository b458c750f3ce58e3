import { availableParallelism } from 'node:os';
import { type Step, type StepOptions, step } from './action.js';
import { emptyLane, type Lane, openLane, openLedgers, publishOld, wrongWith } from './lane.js';
import type { Ran } from './process.js';
import { uidOf } from './users.js';

/** What is built: from an own source, from one of another account, or in the place of an OMI of that name. */
export const kinds = ['plain', 'foreign', 'replacing'] as const;
export type Kind = (typeof kinds)[number];

/** A build that goes wrong in one way. */
export interface Row {
  readonly title: string;
  readonly kind: Kind;
  /** What the build is given besides what its kind asks for. */
  readonly options?: (
    lane: Lane,
  ) => Omit<StepOptions, 'inputs'> & { readonly inputs?: StepOptions['inputs'] };
  /** Runs main, and makes it go wrong. @returns what is wrong with how it ended. */
  readonly drive: (job: Step, lane: Lane) => Promise<readonly string[]>;
}

/** What every row builds: enough options for each kind of call. */
const inputs = {
  tags: 'a=b',
  'root-volume-tags': 'c=d',
  'omi-account-ids': '210987654321',
  'snapshot-users': '210987654321',
};
/** What a whole build does in the chroot; between mount and commit that is for the job. */
const work = { run: 'echo started\ntouch /root/made\n' };

/** The step of a row. */
export function jobOf(lane: Lane, { kind, options }: Pick<Row, 'kind' | 'options'>, name: string): Step {
  const own = options?.(lane);
  return step(lane.cloud, {
    ...own,
    inputs: {
      ...inputs,
      ...(own?.bundle === 'mount' ? {} : work),
      'omi-name': name,
      ...(kind === 'foreign' ? { 'source-omi': lane.foreign } : {}),
      ...(kind === 'replacing' ? { 'force-deregister': 'true', 'force-delete-snapshot': 'true' } : {}),
      ...own?.inputs,
    },
  });
}

/**
 * Runs a row, and after it post and the next build on the VM, in either order: whichever comes first has to put
 * everything away. @returns what was found wrong.
 */
async function run(lane: Lane, row: Row, number: number): Promise<string[]> {
  const name = `row ${number}`;
  const next = `after ${number}`;
  const copy = `build-omi source ${lane.foreign}`;
  const must = row.kind === 'replacing' ? [name] : [];
  const may = row.kind === 'foreign' ? [name, copy] : [name];
  if (row.kind === 'replacing') await publishOld(lane, name);
  const job = jobOf(lane, row, name);
  const uid = uidOf(row.options?.(lane).user ?? 'root');
  const wrong: string[] = [];
  const find = (when: string, found: readonly string[]): void => {
    wrong.push(...found.map((one) => `${row.title}: ${when}: ${one}`));
  };
  find('main', await row.drive(job, lane));
  lane.cloud.fail([]);
  const post = async (allowed: readonly string[]): Promise<void> => {
    find('post', failed(await job.post()));
    find('after post', await wrongWith(lane, { may, must: [...must, ...allowed] }));
  };
  const build = async (): Promise<void> => {
    const { inputs: _, ...options } = row.options?.(lane) ?? {};
    const { wrap: __, environment: ___, bundle: ____, ...same } = options;
    const after = jobOf(
      lane,
      { kind: 'plain', options: () => ({ ...same, inputs: { 'state-dir': job.stateDir } }) },
      next,
    );
    find('the next build', failed(await after.main()));
    find('after the next build', await wrongWith(lane, { may, must: [...must, next] }));
    find('after the next build', openLedgers(job.stateDir, uid));
  };
  if (number % 2 === 0) {
    await post([]);
    await build();
  } else {
    await build();
    await post([next]);
  }
  await emptyLane(lane);
  return wrong;
}

/** What a program printed that should have ended well and did not. */
export const failed = ({ code, text }: Ran): string[] => (code === 0 ? [] : [`exit code ${code}:\n${text}`]);

/** Opens the lanes in which rows run at the same time: builds wait as much as they work. */
export const openLanes = async (): Promise<Lane[]> =>
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, () => openLane()));

/** Runs rows, a lane one after the other. @returns all that was found wrong. */
export async function runRows(lanes: readonly Lane[], rows: readonly Row[]): Promise<string[]> {
  const waiting = rows.map((row, number) => ({ row, number }));
  const inLane = async (lane: Lane): Promise<string[]> => {
    const wrong: string[] = [];
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      wrong.push(...(await run(lane, one.row, one.number)));
    return wrong;
  };
  return (await Promise.all(lanes.map(inLane))).flat();
}
