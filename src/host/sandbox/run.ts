import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { endGroup, start } from '../exec/exec.js';
import { environmentText } from './launch.js';
import type { Sandbox } from './sandbox.js';

/** How a program that ran in the image ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last lines, of stdout and stderr together. */
  readonly last: readonly string[];
}

export interface RunOptions {
  /** The program's whole environment. It never travels in an argument list, where any user could read it. */
  readonly env: Readonly<Record<string, string>>;
  /** The working directory, as the program sees it; `/` unless given. */
  readonly at?: string;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds: how long what is killed on abort is waited for. */
const timeout = 10_000;

/**
 * Runs a program of the image inside its namespaces and hands on each line as it is written. On abort everything
 * inside is killed: ending what entered alone would leave the program behind.
 * @throws the signal's reason when it is aborted.
 */
export async function runInside(
  sandbox: Sandbox,
  argv: readonly [string, ...string[]],
  options: RunOptions,
): Promise<Ended> {
  options.signal.throwIfAborted();
  const last: string[] = [];
  const onLine = (line: string): void => {
    last.push(line);
    if (last.length > 20) last.shift();
    options.onLine(line);
  };
  const child = start(sandbox.launch(argv, options.at ?? '/'), { cwd: '/', stdio: 'pipe' });
  child.stdin?.on('error', () => {}).end(environmentText(options.env));
  const flush = [lines(child.stdout, onLine), lines(child.stderr, onLine)];
  try {
    const [code, signal] = await once(child, 'close', { signal: options.signal });
    return { code, signal, last };
  } catch (error) {
    endGroup(child);
    await sandbox.killAll(AbortSignal.timeout(timeout)).catch((failure: unknown) => {
      // Why it was to be ended is the error; what is left in the namespaces ends with them.
      options.signal.throwIfAborted();
      throw failure;
    });
    options.signal.throwIfAborted();
    throw error;
  } finally {
    for (const finish of flush) finish();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** Characters after which a line that does not end is handed on in pieces: nobody reads it, and memory is finite. */
const longest = 65_536;

/** Cuts a stream into lines; the function it returns hands on a last line that has no end. */
function lines(stream: Readable | null, onLine: (line: string) => void): () => void {
  let rest = '';
  const end = (): void => {
    onLine(rest.replace(/\r$/, ''));
    rest = '';
  };
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...others] = text.split('\n');
    rest += first;
    for (const part of others) {
      end();
      rest = part;
    }
    if (rest.length > longest) end();
  });
  return () => {
    if (rest !== '') end();
  };
}
