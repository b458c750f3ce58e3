import { isAbsolute, resolve } from 'node:path';
import { findCredentials } from '../config/credentials/credentials.js';
import type { Credentials } from '../config/credentials/types.js';
import { secretTexts } from '../config/input/secrets-and-names.js';
import type { ReadContext } from '../config/kit/context.js';
import type { CommandName } from '../config/kit/option.js';
import type { BuildConfig, HalfConfig } from '../config/options/table.js';
import {
  type AccessConfig,
  type Read,
  readAccess,
  readCommandWrapper,
  readConfig,
  readHalf,
} from '../config/read.js';
import { relaunchAsRoot } from '../host/exec/relaunch-as-root.js';
import { isPrivilegedChild, type PrivilegedContext, receiveRequest } from '../host/exec/relaunch-request.js';
import { asUser } from '../host/exec/user.js';
import { workingDirectory } from '../host/exec/working-directory.js';
import { readRegular } from '../host/regular-file.js';
import { readMetadata } from '../host/vm.js';
import { createReport, type Report } from '../report/report.js';
import { render } from '../template/render.js';

/** What a way in hands over: its options as text, whose work it is, and the environment it came with. */
export interface Invocation {
  /** The command whose options are read. */
  readonly command: CommandName;
  readonly read: Read;
  /** The names that were given, where some may be no option. */
  readonly names?: readonly string[];
  readonly privileged: PrivilegedContext;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a post step comes after it, whatever happens. */
  readonly hasPost?: boolean;
  /** A file for outputs, for a shell. */
  readonly outputs?: string | undefined;
}

/** Makes `process.argv` what the user wrote, also in the privileged child, which receives it from its parent. */
export async function receiveArguments(): Promise<void> {
  if (isPrivilegedChild(process.argv)) await receiveRequest(process.argv, process.env);
}

/**
 * Runs a command as root and ends the process with the exit code it returns. This is the edge at which every error
 * that nobody else has shown is shown, once.
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
    return await exit(1);
  }
}

/** Ends the process when its output is written: exit() drops what a slow reader of a pipe has not taken yet. */
async function exit(code: number): Promise<never> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      // The callback is called with an error where the reader is gone.
      async (stream) => await new Promise<void>((written) => void stream.write('', () => written())),
    ),
  );
  process.exit(code);
}

/** What `command_wrapper` makes of a command; it is looked for only where it can be. */
async function wrapperFor(command: string, read: Read): Promise<string | undefined> {
  if (!read('command-wrapper') && !read('config')) return undefined;
  const { env: environment } = process;
  const wrapper = await readCommandWrapper(read, {
    environment,
    home: environment.HOME ?? '/',
    readFile: inWorkspace(environment),
  });
  if (wrapper === undefined) return undefined;
  return await render('command_wrapper', wrapper, { Command: command }, new Date());
}

const write = (text: string): void => void process.stdout.write(text);
const clock = (): number => performance.now();

/** Opens the report of a way in, every secret masked before the first line. */
export async function openReport({ read, privileged, environment, outputs }: Invocation): Promise<Report> {
  return await createReport({
    environment,
    write,
    clock,
    secrets: secretTexts(read, environment),
    asUser: (work) => asUser(privileged.user, work),
    isTerminal: process.stdout.isTTY,
    outputs,
  });
}

/** Reads a way in. */
export type ReadInvocation<C> = (
  invocation: Invocation,
  report: Report,
) => Promise<{ readonly config: C; readonly keys: Credentials }>;

/**
 * The configuration that a way in asks for, and the keys that go with it.
 * @throws ConfigError for every mistake in the options, BuildError for keys that are missing or half there.
 */
export const readInvocation: ReadInvocation<BuildConfig> = async (invocation, report) => {
  const context = { ...readContextOf(invocation, report), notice: (line: string) => report.notice(line) };
  const config = await readConfig(invocation.read, context);
  return { config, keys: await keysFor(config, context, report) };
};

/** The same for a half of a build. @throws as `readWayIn` */
export const readHalfInvocation: ReadInvocation<HalfConfig> = async (invocation, report) => {
  const context = { ...readContextOf(invocation, report), notice: (line: string) => report.notice(line) };
  const config = await readHalf(invocation.read, context);
  return { config, keys: await keysFor(config, context, report) };
};

/** What cleaning up needs of the same, as far as it can still be read. @throws as `readWayIn` */
export async function readForCleanUp(
  invocation: Invocation,
  report: Report,
): Promise<{ readonly config: AccessConfig; readonly keys: Credentials }> {
  const context = readContextOf(invocation, report);
  const config = await readAccess(invocation.read, context);
  return { config, keys: await keysFor(config, context, report) };
}

function readContextOf(
  { command, names = [], privileged, environment }: Invocation,
  report: Report,
): ReadContext {
  return {
    command,
    environment,
    home: privileged.user.home,
    readFile: inWorkspace(environment),
    names,
    mask: (secret) => report.mask(secret),
    metadata: readMetadata,
  };
}

async function keysFor(config: AccessConfig, context: ReadContext, report: Report): Promise<Credentials> {
  if (config.running.log_level === 'debug') report.enableDebug();
  const keys = await findCredentials(config.access, context);
  report.mask(keys.secretKey);
  if (keys.sessionToken !== undefined) report.mask(keys.sessionToken);
  return keys;
}

/** Reads files by paths as a user writes them. */
const inWorkspace =
  (environment: NodeJS.ProcessEnv): ReadContext['readFile'] =>
  (path) =>
    readOrNothing(isAbsolute(path) ? path : resolve(workingDirectory(environment), path));

function readOrNothing(path: string): string | undefined {
  try {
    return readRegular(path).toString();
  } catch {
    return undefined;
  }
}
