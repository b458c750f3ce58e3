import { availableParallelism } from 'node:os';
import { type Step, type StepOptions, step } from './action.js';
import type { Ran } from './process.js';
import { publishOld } from './publish-old.js';
import { publishFamily, retainedOf, retaining } from './retaining.js';
import { uidOf } from './users.js';
import { emptyWorker, openLedgers, openWorker, problemsOf, type Worker } from './worker.js';

/**
 * The kind of build: from an own source, from one of another account, replacing an OMI of that name, keeping
 * its volume beside the OMI, keeping the volume alone, exporting the OMI, or removing older OMIs.
 */
export const kinds = [
  'plain',
  'foreign',
  'replacing',
  'keeping',
  'volume only',
  'exporting',
  'retaining',
] as const;
export type Kind = (typeof kinds)[number];
/** The kinds whose options `mount` takes, and hands over to `commit`. */
export const kindsOfMount = kinds.filter((kind) => kind !== 'exporting');

/** A build with one fault. */
export interface Row {
  readonly title: string;
  readonly kind: Kind;
  /** What the build is given besides what its kind asks for. */
  readonly options?: (
    worker: Worker,
  ) => Omit<StepOptions, 'inputs'> & { readonly inputs?: StepOptions['inputs'] };
  /** Runs main with the fault. @returns the problems of its result. */
  readonly drive: (job: Step, worker: Worker) => Promise<readonly string[]>;
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

const exporting = ({ cloud }: Worker) => ({
  export: 'bucket=images\nprefix=of/\nformat=raw\nmanifest=true',
  'custom-endpoint-oos': cloud.objectStore,
});

/** The step of a row. */
export function jobOf(worker: Worker, { kind, options }: Pick<Row, 'kind' | 'options'>, name: string): Step {
  const own = options?.(worker);
  return step(worker.cloud, {
    ...own,
    inputs: {
      ...inputs,
      ...(own?.bundle === 'mount' ? {} : work),
      'omi-name': name,
      ...(kind === 'foreign' ? { 'source-omi': worker.foreign } : {}),
      ...(kind === 'keeping' ? { 'keep-volume': 'true' } : {}),
      ...(kind === 'volume only' ? { 'keep-volume': 'only' } : {}),
      ...(kind === 'exporting' ? exporting(worker) : {}),
      ...(kind === 'retaining' ? retaining(name) : {}),
      ...(kind === 'replacing' ? { 'force-deregister': 'true', 'force-delete-snapshot': 'true' } : {}),
      ...own?.inputs,
    },
  });
}

/**
 * Runs a row, and after it post and the next build on the VM, in either order: whichever comes first must
 * remove everything. @returns the problems.
 */
async function run(worker: Worker, row: Row, number: number): Promise<string[]> {
  const name = `row ${number}`;
  const next = `after ${number}`;
  const copy = `build-omi source ${worker.foreign}`;
  const must = row.kind === 'replacing' ? [name] : [];
  const may = row.kind === 'foreign' ? [name, copy] : row.kind === 'volume only' ? [] : [name];
  const keeps = row.kind === 'keeping' ? [name] : [];
  const isRetaining = row.kind === 'retaining';
  if (row.kind === 'replacing') await publishOld(worker, name);
  if (isRetaining) await publishFamily(worker, name);
  const job = jobOf(worker, row, name);
  const uid = uidOf(row.options?.(worker).user ?? 'root');
  const problems: string[] = [];
  const find = (when: string, found: readonly string[]): void => {
    problems.push(...found.map((one) => `${row.title}: ${when}: ${one}`));
  };
  /** @param others the OMI of the next build, if it has ended */
  const check = async (when: string, others: readonly string[]): Promise<void> => {
    const family = isRetaining ? retainedOf(name, others.length > 0) : { must: [], may: [] };
    const allowed = {
      must: [...must, ...others, ...family.must],
      may: [...may, ...family.may],
      keeps,
      keepsAlone: row.kind === 'volume only',
    };
    find(when, await problemsOf(worker, allowed));
  };
  find('main', await row.drive(job, worker));
  worker.cloud.fail([]);
  const post = async (others: readonly string[]): Promise<void> => {
    find('post', failed(await job.post()));
    await check('after post', others);
  };
  const ofNext = { 'state-dir': job.stateDir, ...(isRetaining ? retaining(name) : {}) };
  const build = async (): Promise<void> => {
    const { inputs: _, ...options } = row.options?.(worker) ?? {};
    const { wrap: __, environment: ___, bundle: ____, ...same } = options;
    const after = jobOf(worker, { kind: 'plain', options: () => ({ ...same, inputs: ofNext }) }, next);
    find('the next build', failed(await after.main()));
    await check('after the next build', [next]);
    find('after the next build', openLedgers(job.stateDir, uid));
  };
  if (number % 2 === 0) {
    await post([]);
    await build();
  } else {
    await build();
    await post([next]);
  }
  await emptyWorker(worker);
  return problems;
}

/** The output of a program that should have succeeded and failed. */
export const failed = ({ code, text }: Ran): string[] => (code === 0 ? [] : [`exit code ${code}:\n${text}`]);

/**
 * Starts the workers that run rows in parallel: builds spend half of their time waiting.
 * @param flags of their emulators
 */
export const openWorkers = async (...flags: string[]): Promise<Worker[]> =>
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, () => openWorker({}, flags)));

/** Runs rows, each worker one after the other. @returns all problems. */
export async function runRows(workers: readonly Worker[], rows: readonly Row[]): Promise<string[]> {
  const waiting = rows.map((row, number) => ({ row, number }));
  const inWorker = async (worker: Worker): Promise<string[]> => {
    const problems: string[] = [];
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      problems.push(...(await run(worker, one.row, one.number)));
    return problems;
  };
  return (await Promise.all(workers.map(inWorker))).flat();
}
