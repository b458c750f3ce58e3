import { once } from 'node:events';
import { userInfo } from 'node:os';
import { BuildError } from '../../common/errors.js';
import { identify, type ProcessIdentity, startOf } from '../proc/identity.js';
import { callerSelf } from './caller.js';
import { type Command, pasteable, start } from './exec.js';
import {
  Cancels,
  cancels,
  isPrivilegedChild,
  type PrivilegedContext,
  privilegedChildFlag,
  type RelaunchRequest,
  receiveRequest,
} from './relaunch-request.js';
import { type User, workUnderUsualUmask } from './user.js';

/** What the program was started with. Both are changed in the privileged child, see `receiveRequest`. */
export interface Invoked {
  readonly argv: string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Returns the shell command of the user that runs `command` as root; undefined if the user set none. */
export type Wrap = (command: string) => Promise<string | undefined>;

const sudoHint = 'Run as root, or give this user passwordless sudo (sudoers: NOPASSWD).';

/**
 * Runs work as root: in this process if it is root, else in a child process that runs this program through
 * sudo. Parent and child share a pipe. It carries the arguments and the environment, because an argument list
 * shows secrets to every user and to the log of sudo. It then carries cancel signals. When it closes, the
 * parent has ended and the child ends at once, as if the same signal had killed both.
 * @param wrap returns the user's command in place of sudo.
 * @returns the exit code of the work.
 * @throws BuildError when sudo refuses, or when a signal killed the child.
 */
export async function relaunchAsRoot(
  { argv, env }: Invoked,
  work: (context: PrivilegedContext) => Promise<number>,
  wrap: Wrap = async () => undefined,
): Promise<number> {
  if (isPrivilegedChild(argv)) {
    if (process.geteuid?.() !== 0) {
      throw new BuildError('command_wrapper: the command did not run build-omi as root', {
        hint: 'Use a command that does, such as sudo -n {{.Command}}, or remove the option.',
      });
    }
    workUnderUsualUmask();
    return await work(await receiveRequest(argv, env));
  }
  const relaunch: Command = [process.execPath, argv[1] ?? '', privilegedChildFlag];
  const wrapped = await wrap(pasteable(relaunch));
  if (wrapped !== undefined) return await runChild(['sh', '-c', wrapped], { argv, env });
  if (process.geteuid?.() !== 0) return await runChild(['sudo', '-n', '--', ...relaunch], { argv, env });
  const { hear, onCancel } = new Cancels();
  for (const signal of cancels) process.on(signal, () => hear(signal));
  workUnderUsualUmask();
  return await work({ user: currentUser(env), starter: starterOf(process.ppid), onCancel });
}

/** Runs work in this process with the rights that it has. The work watches no process. */
export async function runUnprivileged(
  { env }: Pick<Invoked, 'env'>,
  work: (context: PrivilegedContext) => Promise<number>,
): Promise<number> {
  const { onCancel } = new Cancels();
  return await work({ user: currentUser(env), starter: undefined, onCancel });
}

/**
 * The process that started a process. Programs that only start another one are skipped, because they end with
 * it.
 */
function starterOf(pid: number): ProcessIdentity | undefined {
  const { name, parent } = startOf(pid);
  return ['sudo', 'doas', 'su', 'timeout', 'env'].includes(name) && parent > 1
    ? starterOf(parent)
    : identify(pid);
}

function currentUser(env: NodeJS.ProcessEnv): User {
  try {
    const { uid, gid, username, homedir } = userInfo();
    return { uid, gid, name: username, home: env.HOME ?? homedir };
  } catch {
    // In a container the user may not be in /etc/passwd.
    const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
    return { uid, gid, name: String(uid), home: env.HOME ?? '/' };
  }
}

/** Starts the privileged child, sends it the request and cancel signals, and waits for its exit code. */
async function runChild(command: Command, { argv, env }: Invoked): Promise<number> {
  const child = start(command, { env, stdio: ['pipe', 'inherit', 'pipe'] });
  const { stdin, stderr } = child;
  if (!stdin || !stderr) throw new BuildError('sudo was started without pipes');
  let said = '';
  stderr.on('data', (text: Buffer) => {
    said = `${said}${text.toString()}`.slice(-1000);
    process.stderr.write(text);
  });
  stdin.on('error', () => {});
  const request: RelaunchRequest = {
    user: currentUser(env),
    arguments: argv.slice(2),
    environment: env,
    starter: starterOf(process.ppid),
    caller: callerSelf(),
  };
  stdin.write(`${JSON.stringify(request)}\n`);
  for (const signal of cancels) process.on(signal, () => stdin.write(`${signal}\n`));
  const [code, signal] = await once(child, 'exit').catch((error: unknown) => {
    throw new BuildError('A build needs root, and the command that gives it could not be started', {
      cause: error,
      hint: sudoHint,
    });
  });
  if (code === 1 && /^sudo:/m.test(said)) {
    throw new BuildError('A build needs root, and sudo refused', { hint: sudoHint });
  }
  if (typeof code !== 'number') {
    throw new BuildError(`The process that runs as root was killed by ${signal}`, {
      hint: 'The post step, or the next build on this VM, cleans up what it left.',
    });
  }
  return code;
}
