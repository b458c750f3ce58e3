import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, describe } from '../../common/errors.js';
import { type Command, endGroup, lastLines, start } from '../exec/exec.js';
import { type Confinement, confined } from '../qemu/confine.js';

/** A program that reads an image, with its limits. */
export interface ImageProgram {
  /** For messages. */
  readonly name: string;
  readonly command: Command;
  /** What it inherits as 3, 4 and so on. */
  readonly descriptors: readonly number[];
  readonly limits: Confinement;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Receives its output; an error of it ends the program. */
  readonly onOutput: (part: Buffer) => Promise<void> | void;
}

/** Milliseconds to wait for a killed program. */
const killTimeout = 10_000;

/** Maximum characters of its messages. */
const errorLimit = 4096;

/**
 * Runs a program that reads an image of unknown origin, as an unprivileged user, in namespaces without
 * network and without the files of this VM. It has ended when this returns.
 * @throws BuildError if it fails or exceeds a limit; the error of `onOutput`; the reason of the signal
 */
export async function runConfined(program: ImageProgram): Promise<void> {
  const { name, command, descriptors, limits, timeout, signal, onOutput } = program;
  signal.throwIfAborted();
  const overdue = AbortSignal.timeout(timeout);
  const stop = AbortSignal.any([signal, overdue]);
  const child = start(confined(command, false, limits), {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe', ...descriptors],
  });
  child.stdin?.on('error', () => {});
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-errorLimit);
  });
  let failure: unknown;
  const closed = once(child, 'close').catch((error: unknown) => {
    failure = error;
  });
  const end = (): void => endGroup(child);
  stop.addEventListener('abort', end, { once: true });
  try {
    for await (const part of child.stdout ?? []) await onOutput(part);
    await closed;
  } finally {
    stop.removeEventListener('abort', end);
    endGroup(child);
    await Promise.race([closed, sleep(killTimeout, undefined, { ref: false })]);
  }
  signal.throwIfAborted();
  const { exitCode } = child;
  if (failure === undefined && exitCode === 0) return;
  throw new BuildError(
    overdue.aborted
      ? `source_image: ${name} did not end within ${Math.round(timeout / 60_000)} min`
      : `source_image: ${name} cannot read it: ${lastLines(errors).at(-1) ?? endText(exitCode, failure)}`,
    { output: lastLines(errors) },
  );
}

/** SIGXFSZ of setrlimit(2), as a shell reports it. */
const fileTooLarge = 128 + 25;

const endText = (code: number | null, failure: unknown): string =>
  failure !== undefined
    ? describe(failure)
    : code === fileTooLarge
      ? 'it is larger than its header says'
      : `exit code ${code ?? 'unknown'}`;
