import { once } from 'node:events';
import { Writable } from 'node:stream';
import { type Caller, withStdinOf } from '../exec/caller.js';
import { type Command, endGroup, pasteable, start } from '../exec/exec.js';
import { environmentText } from './launch.js';
import type { Namespace } from './namespaces.js';

export interface AttachedOptions {
  /** The complete environment. It is never in an argument list, which every user can read. */
  readonly env: Readonly<Record<string, string>>;
  /** The process whose stdin, stdout and stderr the program gets. */
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** How the program ended. */
export interface AttachedStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Runs a program in the namespaces with the stdin, stdout and stderr of the caller. On a terminal script(1)
 * gives it a new one: a program of the image that had the terminal of the VM could type into it (TIOCSTI).
 * /dev/tty and job control need a terminal of its own session.
 * @throws the reason of the signal if it is aborted; the program has been killed then.
 */
export async function runAttached(
  sandbox: Namespace,
  argv: Command,
  { env, caller, signal }: AttachedOptions,
): Promise<AttachedStatus> {
  signal.throwIfAborted();
  const { isInteractive, hasInputTerminal } = caller;
  const attached = sandbox.attach(argv, '/');
  const program: Command = isInteractive
    ? ['script', '--quiet', '--return', '--command', pasteable(attached), '/dev/null']
    : attached;
  const isOwn = caller.pid === process.pid;
  // Without a terminal of its own a program could not be stopped from the terminal of the caller.
  const hasInput = isInteractive || !hasInputTerminal;
  const command: Command =
    isOwn || !hasInput ? program : ['perl', '-e', withStdinOf, '--', String(caller.pid), ...program];
  const child = start(command, {
    cwd: '/',
    stdio: [isOwn && hasInput ? 'inherit' : 'ignore', 'inherit', 'inherit', 'pipe'],
  });
  const environment = child.stdio[3];
  if (environment instanceof Writable) environment.on('error', () => {}).end(environmentText(env));
  const resized = (): void => void child.kill('SIGWINCH');
  if (isInteractive) process.on('SIGWINCH', resized);
  try {
    const [code, by] = await once(child, 'exit', { signal });
    return { code, signal: by };
  } catch (error) {
    // script(1) sets the modes of the terminal back when it is asked to end.
    endGroup(child, 'SIGTERM');
    await sandbox.killAll(AbortSignal.timeout(10_000)).catch(() => {});
    signal.throwIfAborted();
    throw error;
  } finally {
    process.off('SIGWINCH', resized);
  }
}
