import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, describe } from '../../common/errors.js';
import { type Limit, limitOf } from './time-limits.js';

/** The environment of programs of the VM. It has nothing of the caller's environment. */
export const plainEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
} as const;

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

export interface ExecOptions {
  /** The kind of time limit; the default is `quick`. See time-limits.ts. */
  readonly limit?: Limit;
  /** Text for stdin; the default is empty. */
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
  /** Exit codes besides 0 that are not failures. */
  readonly answers?: readonly number[];
  /** Open descriptors that the command inherits, as 3, 4 and so on. */
  readonly descriptors?: readonly number[];
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command could not be started, failed, or exceeded its time limit. */
class CommandError extends BuildError {
  override name = 'CommandError';
  constructor(
    readonly command: string,
    readonly code: number | string,
    output: readonly string[],
    hint?: string,
  ) {
    const end = gist(output);
    super(
      `\`${command}\` ${typeof code === 'number' ? `exited with ${code}` : code}${end ? `: ${end}` : ''}`,
      {
        output,
        ...(hint === undefined ? {} : { hint }),
      },
    );
  }
}

/**
 * The last message of an output. An indented line continues the line before it, as in messages of mount(8).
 */
const gist = (output: readonly string[]): string | undefined =>
  output.findLast((line) => /^\S/.test(line)) ?? output.at(-1)?.trim();

const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Quotes an argument list for a shell. */
export const pasteable = (argv: readonly string[]): string => argv.map(quote).join(' ');

/** The last 20 lines of an output, for an error. */
export const lastLines = (text: string): string[] => text.trimEnd().split('\n').slice(-20).filter(Boolean);

/**
 * Starts a program without a shell, in a new process group. No other function of this project starts a
 * process.
 */
export function start(argv: Command, options: SpawnOptions = {}): ChildProcess {
  const [program, ...rest] = argv;
  return spawn(program, rest, { env: plainEnvironment, detached: true, ...options });
}

/** Sends a signal to the process group of a process that `start` has started. */
export function endGroup(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Kills the process group of a process that `start` has started, and waits a second for its end.
 * @param closed resolves after the process has ended and its pipes are closed
 * @returns the end of the message for the timeout
 */
export async function killOverdue(child: ChildProcess, closed: Promise<unknown>): Promise<string> {
  endGroup(child);
  await Promise.race([closed, sleep(1000, undefined, { ref: false })]);
  if (child.exitCode !== null || child.signalCode !== null) return '';
  // A process in state D ignores SIGKILL. It may never end, so this process must not wait for it.
  child.unref();
  return ', even after SIGKILL: blocked in the kernel';
}

/**
 * Runs a command and returns its output. When it exceeds its time limit, its process group is killed.
 * @throws CommandError when it cannot be started, exits with a code that is neither 0 nor in `answers`, or
 *   exceeds its time limit.
 */
export async function exec(argv: Command, options: ExecOptions = {}): Promise<Finished> {
  options.signal?.throwIfAborted();
  const limit = limitOf(options.limit ?? 'quick');
  const overdue = AbortSignal.timeout(limit.ms);
  const stop = options.signal ? AbortSignal.any([overdue, options.signal]) : overdue;
  const child = start(argv, { stdio: ['pipe', 'pipe', 'pipe', ...(options.descriptors ?? [])] });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const failure = (what: number | string, hint?: string): CommandError =>
    new CommandError(pasteable(argv), what, lastLines(stderr.text() || stdout.text()), hint);
  child.stdin?.on('error', () => {}).end(options.input ?? '');
  const closed = once(child, 'close').catch(() => {});
  try {
    const [code, signal] = await once(child, 'exit', { signal: stop });
    // A daemon may keep the pipes open forever: after the exit the output is read for 200 ms at most.
    await Promise.race([closed, sleep(200)]);
    if (signal !== null) throw failure(`was killed by ${signal}`);
    if (code !== 0 && !options.answers?.includes(code)) throw failure(code);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    // The cleanup that follows must not overlap with the command.
    const addition = await killOverdue(child, closed);
    options.signal?.throwIfAborted();
    if (overdue.aborted) throw failure(`did not end ${limit.text}${addition}`, limit.hint);
    throw failure(`could not be started (${describe(error)})`, `Install the program ${argv[0]}.`);
  } finally {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function collect(stream: Readable | null): { text: () => string } {
  let text = '';
  stream?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  return { text: () => text };
}
