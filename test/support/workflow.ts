import { cpSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Step, step } from './action.js';
import type { TestCloud } from './cloud.js';
import { examples } from './example-step.js';
import { evaluate, type Values } from './expressions.js';
import type { Job, Workflow, WorkflowStep } from './pages.js';
import { launch, type Ran, successful } from './process.js';
import { asTestUser } from './users.js';

/** What a workflow of a page runs with. */
export interface Surroundings {
  readonly cloud: TestCloud;
  /** The OMI in place of the one that the page names. */
  readonly source: string;
  /** `github`, `secrets` and `vars`. */
  readonly values: Values;
  /** The process whose mount namespace the steps share, for `mount` and `commit`. */
  readonly job?: number;
}

/** A step of this action that has run: its inputs, what it printed, its outputs. */
export interface ActionRun {
  readonly bundle: 'index' | 'mount' | 'commit' | 'find';
  readonly inputs: Readonly<Record<string, string>>;
  readonly text: string;
  readonly outputs: Readonly<Record<string, string>>;
}

const ownAction = /^[\w.-]+\/build-omi(?:\/(mount|commit|find))?@v\d+$/;

/** The bundle of a step that uses this action; undefined for another step. */
export function bundleOf({ uses = '' }: WorkflowStep): ActionRun['bundle'] | undefined {
  const [whole, other] = ownAction.exec(uses) ?? [];
  if (whole === undefined) return undefined;
  return other === 'mount' || other === 'commit' || other === 'find' ? other : 'index';
}

/** Puts the examples, which are the repository of the user, where a step expects them. */
export function checkOut(folder: string, source: string): void {
  cpSync(examples, folder, { recursive: true });
  for (const path of globSync('**/*', { cwd: folder }).map((name) => join(folder, name))) {
    if (!statSync(path).isFile()) continue;
    const text = readFileSync(path, 'utf8');
    if (text.includes('ami-12345678')) writeFileSync(path, text.replaceAll('ami-12345678', source));
  }
}

const filled = (map: Readonly<Record<string, unknown>> = {}, values: Values): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, evaluate(String(value), values)]));

/** Runs the jobs of a workflow in their order, those of a matrix at once, and `post` at the end of each. */
export async function runWorkflow(workflow: Workflow, around: Surroundings): Promise<ActionRun[]> {
  const runs: ActionRun[] = [];
  const needs: Record<string, { outputs: Readonly<Record<string, string>> }> = {};
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const env = { ...workflow.env, ...job.env };
    const done = await Promise.all(
      (job.strategy?.matrix?.include ?? [{}]).map(
        async (matrix) => await runJob(job, env, { ...around, values: { ...around.values, needs, matrix } }),
      ),
    );
    for (const { outputs } of done) needs[name] = { outputs };
    runs.push(...done.flatMap((one) => one.runs));
  }
  return runs;
}

async function runJob(
  job: Job,
  env: Readonly<Record<string, string>>,
  { cloud, source, values, job: namespace }: Surroundings,
): Promise<{ readonly runs: readonly ActionRun[]; readonly outputs: Readonly<Record<string, string>> }> {
  const runs: ActionRun[] = [];
  const mains: Step[] = [];
  const steps: Record<string, { outputs: Readonly<Record<string, string>> }> = {};
  const location = namespace === undefined ? {} : { job: namespace };
  // Those of the emulator are in the environment of the workflow.
  const emptied = {
    'access-key': '',
    'secret-key': '',
    'state-dir': join(cloud.folder, 'state of workflows'),
  };
  try {
    for (const one of job.steps) {
      const known = { ...values, steps };
      const environment = filled({ ...env, ...one.env }, known);
      const bundle = bundleOf(one);
      if (bundle === undefined) {
        const run = one.run === undefined ? {} : { run: evaluate(one.run, known) };
        await runShell({ ...one, ...run }, environment, { cloud, source, ...location });
        continue;
      }
      const inputs = filled(one.with, known);
      const hasSource = bundle === 'index' || bundle === 'mount';
      const copies = bundle === 'index' || bundle === 'commit';
      const replaced = {
        ...emptied,
        ...(hasSource ? { 'source-omi': '' } : {}),
        ...(copies ? { 'custom-endpoint-oos': cloud.objectStore } : {}),
      };
      const own = step(cloud, { inputs: { ...replaced, ...inputs }, environment, bundle, ...location });
      mains.push(own);
      checkOut(own.workspace, source);
      const { text } = successful(await own.main());
      const outputs = own.outputs();
      runs.push({ bundle, inputs, text, outputs });
      if (one.id !== undefined) steps[one.id] = { outputs };
    }
  } finally {
    for (const own of mains.toReversed()) await own.post();
  }
  return { runs, outputs: filled(job.outputs, { ...values, steps }) };
}

/** Runs a step that is a command, in a repository. */
async function runShell(
  { uses = '', run }: WorkflowStep,
  environment: Readonly<Record<string, string>>,
  { cloud, source, job }: Omit<Surroundings, 'values'>,
): Promise<Ran | undefined> {
  if (run === undefined) {
    if (!uses.startsWith('actions/checkout@')) throw new Error(`${uses} cannot run in a test`);
    return undefined;
  }
  const folder = join(cloud.folder, 'repository');
  checkOut(folder, source);
  const location = job === undefined ? undefined : { job, cwd: folder };
  const argv = asTestUser('root', cloud.folder, ['bash', '-e', '-c', run], location);
  const path = { PATH: process.env.PATH, HOME: '/root' };
  return successful(await launch(argv, { ...path, ...environment }, folder).ended);
}
