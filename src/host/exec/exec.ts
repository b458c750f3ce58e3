import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, describe } from '../../common/errors.js';
import { type Limit, limitOf } from './time-limits.js';

/** What programs of the VM are started with: nothing of the caller's environment. */
export const plainEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
} as const;

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

export interface ExecOptions {
  /** How long it may take; `quick` unless given. See limits.ts. */
  readonly limit?: Limit;
  /** Text for the command's stdin; without it stdin is empty. */
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
  /** Exit codes that are answers and not failures; 0 always is one. */
  readonly answers?: readonly number[];
  /** Open descriptors that the command inherits, as 3, 4 and so on. */
  readonly descriptors?: readonly number[];
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that could not be started, failed, or took too long. */
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

/** The last message of an output: a line that is indented goes on with the one before it, as in those of mount(8). */
const gist = (output: readonly string[]): string | undefined =>
  output.findLast((line) => /^\S/.test(line)) ?? output.at(-1)?.trim();

const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** An argument list as a line that can be pasted into a shell. */
export const pasteable = (argv: readonly string[]): string => argv.map(quote).join(' ');

/** The end of an output, as errors carry it. */
export const lastLines = (text: string): string[] => text.trimEnd().split('\n').slice(-20).filter(Boolean);

/**
 * Starts a program without a shell, in a process group of its own.
 * Everything that this project starts is started here.
 */
export function start(argv: Command, options: SpawnOptions = {}): ChildProcess {
  const [program, ...rest] = argv;
  return spawn(program, rest, { env: plainEnvironment, detached: true, ...options });
}

/** Ends a process started by `start` together with its group. */
export function endGroup(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended by itself in between.
  }
}

/**
 * Runs a command to its end and returns what it printed. One that outlives its limit is killed with all that it
 * started in its process group.
 * @throws CommandError when it cannot be started, exits with a code that is no answer, or outlives its limit.
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
    // A daemon may keep the pipes open for ever: the exit is what counts, the rest is drained briefly.
    await Promise.race([closed, sleep(200)]);
    if (signal !== null) throw failure(`was ended by ${signal}`);
    if (code !== 0 && !options.answers?.includes(code)) throw failure(code);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    endGroup(child);
    // What is put away next must not find it in the middle of its work; one that is in a call of the kernel stays.
    await Promise.race([closed, sleep(1000)]);
    options.signal?.throwIfAborted();
    if (overdue.aborted) {
      const isGone = child.exitCode !== null || child.signalCode !== null;
      // Its end may never come: this process does not wait for it.
      if (!isGone) child.unref();
      const words = isGone ? '' : ', and hangs in the kernel, where no kill reaches it';
      throw failure(`did not end ${limit.words}${words}`, limit.hint);
    }
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
