import { once } from 'node:events';
import { endGroup, start } from '../exec/exec.js';
import { environmentText } from './launch.js';
import { lines } from './lines.js';
import type { Sandbox } from './sandbox.js';

/** Exit status of a program that ran in the image. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last lines of stdout and stderr. */
  readonly last: readonly string[];
}

export interface RunOptions {
  /** The complete environment. It is never in an argument list, which every user can read. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory of the program. Default: `/`. */
  readonly at?: string;
  /** Whether the program has the network of the VM. Default: yes. */
  readonly network?: boolean;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds to wait for killed processes after an abort. */
const timeout = 10_000;

/**
 * Runs a program in the sandbox and passes each line of its output to `onLine`. On abort, kills all processes
 * in the sandbox, because killing only the launcher would leave the program running.
 * @throws the reason of the signal if it is aborted.
 */
export async function runInside(
  sandbox: Sandbox,
  argv: readonly [string, ...string[]],
  options: RunOptions,
): Promise<ExitStatus> {
  options.signal.throwIfAborted();
  const last: string[] = [];
  const onLine = (line: string): void => {
    last.push(line);
    if (last.length > 20) last.shift();
    options.onLine(line);
  };
  const child = start(sandbox.launch(argv, options.at ?? '/', options.network), { cwd: '/', stdio: 'pipe' });
  child.stdin?.on('error', () => {}).end(environmentText(options.env));
  const flush = [lines(child.stdout, onLine), lines(child.stderr, onLine)];
  try {
    const [code, signal] = await once(child, 'close', { signal: options.signal });
    return { code, signal, last };
  } catch (error) {
    endGroup(child);
    await sandbox.killAll(AbortSignal.timeout(timeout)).catch((failure: unknown) => {
      // The reason of the abort is the error. Remaining processes end with the namespaces.
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
