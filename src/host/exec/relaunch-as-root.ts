import { once } from 'node:events';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { BuildError } from '../../common/errors.js';
import { identify, type ProcessIdentity, startOf } from '../proc/identity.js';
import { type Command, pasteable, start } from './exec.js';
import { type User, workUnderUsualUmask } from './user.js';

/** What the program is told when it is started once more, as root: whose work it is, its arguments and environment. */
interface RelaunchRequest {
  readonly user: User;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly starter: ProcessIdentity | undefined;
}

/** The argument by which the program knows that it stands behind the door. */
const flag = '--behind-the-door';
const isPrivilegedChild = process.argv.includes(flag);
if (isPrivilegedChild) process.argv.splice(process.argv.indexOf(flag), 1);

const cancels = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A cancel signal, or SIGPIPE where nobody reads our output any more. */
type Cancel = (typeof cancels)[number] | 'SIGPIPE';

/** What a program that has passed the door knows of the outside. */
export interface PrivilegedContext {
  readonly user: User;
  /** The process that the user, the runner or the shell started it from; undefined if that has ended already. */
  readonly starter: ProcessIdentity | undefined;
  /** Calls back for each cancel signal that the user, the runner or the shell sends. */
  onCancel(listener: (signal: Cancel) => void): void;
}

/** Makes the user's own shell command of the one that has to run as root; undefined where the user has none. */
export type Wrap = (command: string) => Promise<string | undefined>;

/** Hands cancels on, also those that came before anybody listened. */
class Cancels {
  readonly #heard: Cancel[] = [];
  readonly #listeners: ((signal: Cancel) => void)[] = [];

  constructor() {
    // Without a listener a closed pipe would end the process, and with it its undo.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => this.hear('SIGPIPE'));
  }

  readonly hear = (signal: Cancel): void => {
    this.#heard.push(signal);
    for (const listener of this.#listeners) listener(signal);
  };

  readonly onCancel = (listener: (signal: Cancel) => void): void => {
    this.#listeners.push(listener);
    for (const signal of this.#heard) listener(signal);
  };
}

/**
 * The one privileged door. All work on disks, mounts and files of images is done by a process that is root: this
 * one, if it is, else this very program started once more through sudo. Between the two is a pipe: it carries the
 * arguments and the environment (an argument list would show secrets to every user, and to sudo's log), then cancels, and its closing means that the
 * outer process is gone, on which the inner one ends at once, as if it had been killed with it.
 * @param wrap the user's own way through the door, in the place of sudo.
 * @returns the exit code of the work.
 * @throws BuildError when sudo does not let us in, or what it started was killed.
 */
export async function relaunchAsRoot(
  work: (inside: PrivilegedContext) => Promise<number>,
  wrap: Wrap = async () => undefined,
): Promise<number> {
  if (isPrivilegedChild) {
    if (process.geteuid?.() !== 0) {
      throw new BuildError('command_wrapper did not make this program root', {
        hint: 'Write one that does, such as sudo -n {{.Command}}, or leave it out.',
      });
    }
    workUnderUsualUmask();
    return await work(await arrive());
  }
  const again: Command = [process.execPath, process.argv[1] ?? '', flag];
  const wrapped = await wrap(pasteable(again));
  if (wrapped !== undefined) return await send(['sh', '-c', wrapped]);
  if (process.geteuid?.() !== 0) return await send(['sudo', '-n', '--', ...again]);
  const { hear, onCancel } = new Cancels();
  for (const signal of cancels) process.on(signal, () => hear(signal));
  workUnderUsualUmask();
  return await work({ user: currentUser(), starter: starterOf(process.ppid), onCancel });
}

/** A program that only starts another one is passed over: it ends with that. */
function starterOf(pid: number): ProcessIdentity | undefined {
  const { name, parent } = startOf(pid);
  return ['sudo', 'doas', 'su', 'timeout', 'env'].includes(name) && parent > 1
    ? starterOf(parent)
    : identify(pid);
}

const currentUser = (): User => {
  const { uid, gid, username, homedir } = userInfo();
  return { uid, gid, name: username, home: process.env.HOME ?? homedir };
};

async function send(command: Command): Promise<number> {
  const child = start(command, {
    env: process.env,
    stdio: ['pipe', 'inherit', 'pipe'],
  });
  const { stdin, stderr } = child;
  if (!stdin || !stderr) throw new BuildError('sudo was started without pipes');
  let said = '';
  stderr.on('data', (text: Buffer) => {
    said = `${said}${text.toString()}`.slice(-1000);
    process.stderr.write(text);
  });
  stdin.on('error', () => {});
  const request: RelaunchRequest = {
    user: currentUser(),
    arguments: process.argv.slice(2),
    environment: process.env,
    starter: starterOf(process.ppid),
  };
  stdin.write(`${JSON.stringify(request)}\n`);
  for (const signal of cancels) process.on(signal, () => stdin.write(`${signal}\n`));
  const hint = 'Run as root, or give this user passwordless sudo (sudoers: NOPASSWD).';
  const [code, signal] = await once(child, 'exit').catch((error: unknown) => {
    throw new BuildError('building needs root, and what gives it could not be started', {
      cause: error,
      hint,
    });
  });
  if (code === 1 && /^sudo:/m.test(said)) {
    throw new BuildError('building needs root, and sudo did not give it', { hint });
  }
  if (typeof code !== 'number') {
    throw new BuildError(`the process that works as root was ended by ${signal}`, {
      hint: 'What it left is put away by the post step, or by the next build on this VM.',
    });
  }
  return code;
}

let arrival: Promise<PrivilegedContext> | undefined;

/** Takes the errand, once. */
async function arrive(): Promise<PrivilegedContext> {
  arrival ??= receive();
  return await arrival;
}

/** What reads `process.argv` waits for this first: behind the door the arguments come through the pipe. */
export async function argumentsReceived(): Promise<void> {
  if (isPrivilegedChild) await arrive();
}

async function receive(): Promise<PrivilegedContext> {
  const { hear, onCancel } = new Cancels();
  const lines = createInterface({ input: process.stdin });
  const request = await new Promise<RelaunchRequest>((resolve) => {
    // One listener from the beginning: a cancel may come in the same chunk as the errand.
    let first = true;
    lines.on('line', (line) => {
      if (first) resolve(JSON.parse(line));
      first = false;
      const signal = cancels.find((one) => one === line);
      if (signal) hear(signal);
    });
    // 137 is what a shell reports of a process that was killed; nobody is left to read it.
    lines.on('close', () => process.exit(137));
  });
  process.argv.push(...request.arguments);
  Object.assign(process.env, request.environment);
  return { user: request.user, starter: request.starter, onCancel };
}
