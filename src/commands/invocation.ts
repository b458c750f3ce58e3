import { findCredentials } from '../config/credentials/credentials.js';
import type { Credentials } from '../config/credentials/types.js';
import { secretTexts } from '../config/input/secrets-and-names.js';
import type { ReadContext } from '../config/kit/context.js';
import type { CommandName } from '../config/kit/option.js';
import type { HalfConfig } from '../config/options/table.js';
import { type AccessConfig, type Read, readAccess, readCommandWrapper, readHalf } from '../config/read.js';
import { relaunchAsRoot } from '../host/exec/relaunch-as-root.js';
import { isPrivilegedChild, type PrivilegedContext, receiveRequest } from '../host/exec/relaunch-request.js';
import { asUser } from '../host/exec/user.js';
import { workingDirectory } from '../host/exec/working-directory.js';
import { readMetadata } from '../host/vm.js';
import { createReport, type Report } from '../report/report.js';
import { render } from '../template/render.js';
import { exitCodeOf } from './exit-code.js';
import { type ConfigWithTasks, readWithTasks } from './tasks-of-config.js';
import { inWorkspace } from './workspace-files.js';

/** How a command was started: its options as text, its user and its environment. */
export interface Invocation {
  /** The command whose options are read. */
  readonly command: CommandName;
  readonly read: Read;
  /** The names that the user has set; they may include unknown options. */
  readonly names?: readonly string[];
  readonly privileged: PrivilegedContext;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a post step always follows. */
  readonly hasPost?: boolean;
  /** A file for the outputs, in shell syntax. */
  readonly outputs?: string | undefined;
  /** A file for the manifest; absolute, or relative to the working directory. */
  readonly manifest?: string | undefined;
}

/** Sets `process.argv` to the user's arguments. The privileged child receives them from its parent. */
export async function receiveArguments(): Promise<void> {
  if (isPrivilegedChild(process.argv)) await receiveRequest(process.argv, process.env);
}

/**
 * Runs a command as root and ends the process with the exit code it returns. Reports the errors that the
 * command has not reported itself.
 */
export async function enter(
  read: Read,
  command: (privileged: PrivilegedContext) => Promise<number>,
): Promise<never> {
  try {
    return await exit(await relaunchAsRoot(process, command, async (line) => await wrapperFor(line, read)));
  } catch (error) {
    const report = await createReport({ environment: process.env, write, clock });
    report.failed(error);
    return await exit(exitCodeOf(error));
  }
}

/** What can be read before the privileged process runs. */
export const earlyContext = (environment: NodeJS.ProcessEnv): ReadContext => ({
  environment,
  home: environment.HOME ?? '/',
  readFile: inWorkspace(environment),
});

/**
 * Ends the process after its output is written: exit() drops what a slow reader of a pipe has not read yet.
 */
export async function exit(code: number): Promise<never> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      // If the reader has closed the pipe, the callback receives an error.
      async (stream) => await new Promise<void>((written) => void stream.write('', () => written())),
    ),
  );
  process.exit(code);
}

/** The command as `command_wrapper` renders it; undefined if the option is not set. */
async function wrapperFor(command: string, read: Read): Promise<string | undefined> {
  if (!read('command-wrapper') && !read('config')) return undefined;
  const wrapper = await readCommandWrapper(read, earlyContext(process.env));
  if (wrapper === undefined) return undefined;
  return await render('command_wrapper', wrapper, { Command: command }, new Date());
}

const write = (text: string): void => void process.stdout.write(text);
const clock = (): number => performance.now();

/** Opens the report of a command. Masks every secret before the first line. */
export async function openReport({
  command,
  read,
  privileged,
  environment,
  outputs,
}: Invocation): Promise<Report> {
  // Only what runs in the chroot writes to the stdout of `shell`.
  const stream = command === 'shell' ? process.stderr : process.stdout;
  return await createReport({
    environment,
    write: (text) => void stream.write(text),
    clock,
    secrets: secretTexts(read, environment),
    asUser: (work) => asUser(privileged.user, work),
    isTerminal: stream.isTTY,
    outputs,
  });
}

/** Reads the configuration of a command and finds its keys. */
export type ReadInvocation<C> = (
  invocation: Invocation,
  report: Report,
) => Promise<{ readonly config: C; readonly keys: Credentials }>;

/**
 * Reads the configuration of a whole build and finds its keys.
 * @throws ConfigError with every problem of the options; BuildError if a key is missing
 */
export const readInvocation: ReadInvocation<ConfigWithTasks> = async (invocation, report) => {
  const context = { ...contextWithNotices(invocation, report), callsApi: true };
  const config = await readWithTasks(invocation.read, context);
  return { config, keys: await keysFor(config, context, report) };
};

/** Only reads the configuration of a whole build; needs no keys. @throws ConfigError with every problem */
export const checkInvocation = async (invocation: Invocation, report: Report): Promise<ConfigWithTasks> =>
  await readWithTasks(invocation.read, contextWithNotices(invocation, report));

/** The same for `mount` or `commit`. @throws as readInvocation */
export const readHalfInvocation: ReadInvocation<HalfConfig> = async (invocation, report) => {
  const context = { ...contextWithNotices(invocation, report), callsApi: true };
  const config = await readHalf(invocation.read, context);
  return { config, keys: await keysFor(config, context, report) };
};

/**
 * Reads only the options that cleanup needs. Problems of other options are ignored. @throws as readInvocation
 */
export async function readForCleanUp(
  invocation: Invocation,
  report: Report,
): Promise<{ readonly config: AccessConfig; readonly keys: Credentials }> {
  const context = readContextOf(invocation, report);
  const config = await readAccess(invocation.read, context);
  return { config, keys: await keysFor(config, context, report) };
}

/** The context of a command that logs notices about its options. */
export const contextWithNotices = (invocation: Invocation, report: Report): ReadContext => ({
  ...readContextOf(invocation, report),
  notice: (line) => report.notice(line),
});

function readContextOf(
  { command, names = [], privileged, environment }: Invocation,
  report: Report,
): ReadContext {
  return {
    command,
    environment,
    home: privileged.user.home,
    readFile: inWorkspace(environment),
    workspace: workingDirectory(environment),
    names,
    mask: (secret) => report.mask(secret),
    metadata: readMetadata,
  };
}

/** Finds the keys of a configuration and masks them. @throws BuildError if a key is missing */
export async function keysFor(
  config: AccessConfig,
  context: ReadContext,
  report: Report,
): Promise<Credentials> {
  if (config.running.log_level === 'debug') report.enableDebug();
  const keys = await findCredentials(config.access, context);
  report.mask(keys.secretKey);
  if (keys.sessionToken !== undefined) report.mask(keys.sessionToken);
  return keys;
}
