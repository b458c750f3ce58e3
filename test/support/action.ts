import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { dist, type TestCloud } from './cloud.js';
import { launch, type Ran, type Running } from './process.js';
import { asTestUser, type TestUser, uidOf } from './users.js';

/** A step of a job as the runner runs it: its own files, inputs as INPUT_…, and then post. */
export interface Step {
  readonly workspace: string;
  readonly stateDir: string;
  /** Starts main. */
  start(): Running;
  /** Runs main to its end. */
  main(): Promise<Ran>;
  /** Runs post, with other inputs where they are given. */
  post(inputs?: Readonly<Record<string, string>>): Promise<Ran>;
  outputs(): Record<string, string>;
  summary(): string;
}

/** The settings of a step besides those of every test. */
export interface StepOptions {
  readonly inputs: Readonly<Record<string, string>>;
  readonly user?: TestUser;
  readonly node?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** The bundle that is its main; that of a whole build unless given. */
  readonly bundle?: 'index' | 'mount' | 'commit' | 'find';
  /** The process whose mount namespace the steps of a job share, where they see each other's mounts. */
  readonly job?: number;
  /** Milliseconds until a program of it is killed; the default of `launch` unless given. */
  readonly limit?: number;
  /** Wraps the command of main. */
  readonly wrap?: (argv: readonly string[]) => readonly string[];
}

/**
 * Reads a file that @actions/core wrote: `name<<delimiter`, the value, the delimiter. The last of a name
 * counts.
 */
function fileCommands(path: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [, name = '', , value = ''] of readFileSync(path, 'utf8').matchAll(
    /^(.+?)<<(\S+)\n([\s\S]*?)\n?\2$/gm,
  )) {
    values[name] = value;
  }
  return values;
}

const inputVariables = (inputs: Readonly<Record<string, string>>): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));

/** Prepares a step against a cloud. */
export function step(
  cloud: TestCloud,
  {
    inputs,
    user = 'root',
    node = process.execPath,
    environment = {},
    bundle = 'index',
    job,
    limit,
    wrap = (argv) => argv,
  }: StepOptions,
): Step {
  const folder = mkdtempSync(join(cloud.folder, 'step-'));
  const uid = uidOf(user);
  const workspace = join(folder, 'workspace');
  const stateDir = join(folder, 'state');
  mkdirSync(workspace);
  const files = { GITHUB_OUTPUT: 'output.txt', GITHUB_STATE: 'state.txt', GITHUB_STEP_SUMMARY: 'summary.md' };
  const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]));
  mkdirSync(join(folder, 'temp'));
  for (const path of Object.values(paths)) writeFileSync(path, '');
  for (const path of [folder, workspace, join(folder, 'temp'), ...Object.values(paths)])
    chownSync(path, uid, uid);
  // The directory of the test belongs to root; the user must be able to traverse it.
  chmodSync(cloud.folder, 0o711);
  const all: Record<string, string> = {
    ...(bundle === 'commit' || bundle === 'find' ? {} : { 'source-omi': cloud.source }),
    'access-key': defaultAccount.accessKey,
    'secret-key': defaultAccount.secretKey,
    'custom-endpoint-oapi': cloud.endpoint,
    'metadata-endpoint': cloud.metadata,
    'state-dir': stateDir,
    // The emulator has no limit unless a test sets one.
    ...(bundle === 'find' ? {} : { 'api-rate': '100' }),
    ...inputs,
  };
  const env = {
    PATH: process.env.PATH,
    HOME: user === 'root' ? '/root' : join(folder, 'home'),
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: join(folder, 'temp'),
    ...paths,
    ...inputVariables(all),
    ...environment,
  };
  const states = (): NodeJS.ProcessEnv =>
    Object.fromEntries(
      Object.entries(fileCommands(join(folder, 'state.txt'))).map(([name, value]) => [
        `STATE_${name}`,
        value,
      ]),
    );
  const location = job === undefined ? undefined : { job, cwd: workspace };
  const run = (argv: readonly string[], more: NodeJS.ProcessEnv = {}): Running =>
    launch(asTestUser(user, folder, argv, location), { ...env, ...more }, workspace, limit);
  const main = (): Running => run(wrap([node, join(dist, `${bundle}.js`)]));
  return {
    workspace,
    stateDir,
    start: main,
    main: async () => await main().ended,
    post: async (more = {}) =>
      await run([node, join(dist, 'post.js')], { ...states(), ...inputVariables(more) }).ended,
    outputs: () => fileCommands(join(folder, 'output.txt')),
    summary: () => readFileSync(join(folder, 'summary.md'), 'utf8'),
  };
}
