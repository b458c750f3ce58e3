import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';

/** A finished program of a test: its exit code and output without colours, with the time of each line. */
export interface Ran {
  readonly code: number | null;
  readonly text: string;
  /** Milliseconds since the start, a line. */
  readonly lines: readonly { readonly at: number; readonly line: string }[];
}

/** A program that runs in parallel with the test. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves with the first line that matches, also one that was written already. */
  waitForLine(pattern: RegExp): Promise<string>;
}

/**
 * Starts a program with exactly this environment, in a process group of its own.
 * @param limit milliseconds until it is killed; the default is longer than any build of a test.
 */
export function launch(argv: readonly string[], env: NodeJS.ProcessEnv, cwd = '/', limit = 180_000): Running {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const start = performance.now();
  const lines: { at: number; line: string }[] = [];
  const watchers = new Set<() => void>();
  let partialLine = '';
  const take = (text: string): void => {
    const parts = (partialLine + text).split('\n');
    partialLine = parts.pop() ?? '';
    for (const line of parts.map(stripVTControlCharacters))
      lines.push({ at: performance.now() - start, line });
    for (const watch of watchers) watch();
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);
  // A program that hangs is killed, so that the test can fail and clean up.
  const guard = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), limit);
  const end = async (): Promise<Ran> => {
    const [code] = await once(child, 'close');
    clearTimeout(guard);
    if (partialLine !== '') lines.push({ at: performance.now() - start, line: partialLine });
    return { code, lines, text: lines.map(({ line }) => line).join('\n') };
  };
  const ended = end();
  const waitForLine = async (pattern: RegExp): Promise<string> =>
    await new Promise((resolve, reject) => {
      const watch = (): void => {
        const found = lines.find(({ line }) => pattern.test(line));
        if (!found) return;
        watchers.delete(watch);
        resolve(found.line);
      };
      watchers.add(watch);
      watch();
      void ended.then(({ text }) => reject(new Error(`ended without ${pattern}:\n${text}`)));
    });
  return { child, ended, waitForLine };
}

/** The program's run, if it ended with 0. @throws what it printed, if not. */
export function successful(ran: Ran): Ran {
  if (ran.code === 0) return ran;
  throw new Error(`exit code ${ran.code}:\n${ran.text}`);
}
