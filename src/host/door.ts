import { once } from 'node:events';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { BuildError } from '../errors.js';
import { type Command, start } from './exec.js';
import type { User } from './user.js';

/** What the program is told when it is started once more, as root: whose work it is and under which environment. */
interface Errand {
  readonly user: User;
  readonly environment: NodeJS.ProcessEnv;
}

/** The argument by which the program knows that it stands behind the door. */
const flag = '--behind-the-door';
const isBehind = process.argv.includes(flag);
if (isBehind) process.argv.splice(process.argv.indexOf(flag), 1);

const cancels = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type Cancel = (typeof cancels)[number];

/** What a program that has passed the door knows of the outside. */
export interface Inside {
  readonly user: User;
  /** Calls back for each cancel signal that the user, the runner or the shell sends. */
  onCancel(listener: (signal: Cancel) => void): void;
}

/**
 * The one privileged door. All work on disks, mounts and files of images is done by a process that is root: this
 * one, if it is, else this very program started once more through sudo. Between the two is a pipe: it carries the
 * environment (an argument list would show secrets to every user), then cancels, and its closing means that the
 * outer process is gone, on which the inner one ends at once, as if it had been killed with it.
 * @returns the exit code of the work.
 */
export async function throughTheDoor(work: (inside: Inside) => Promise<number>): Promise<number> {
  if (isBehind) return await work(await receive());
  if (process.geteuid?.() !== 0) return await send(['sudo', '-n', '--']);
  return await work({
    user: currentUser(),
    onCancel: (listener) => {
      for (const signal of cancels) process.on(signal, () => listener(signal));
    },
  });
}

const currentUser = (): User => {
  const { uid, gid, username, homedir } = userInfo();
  return { uid, gid, name: username, home: process.env.HOME ?? homedir };
};

async function send(elevate: Command): Promise<number> {
  const child = start([...elevate, process.execPath, ...process.argv.slice(1), flag], {
    env: process.env,
    stdio: ['pipe', 'inherit', 'pipe'],
  });
  const { stdin, stderr } = child;
  if (!stdin || !stderr) throw new BuildError('sudo was started without pipes');
  let said = '';
  stderr.on('data', (text: Buffer) => {
    said = text.toString();
    process.stderr.write(text);
  });
  stdin.on('error', () => {});
  const errand: Errand = { user: currentUser(), environment: process.env };
  stdin.write(`${JSON.stringify(errand)}\n`);
  for (const signal of cancels) process.on(signal, () => stdin.write(`${signal}\n`));
  const [code] = await once(child, 'exit').catch(() => [1]);
  if (code === 1 && said.startsWith('sudo:')) {
    throw new BuildError('building needs root, and sudo did not give it', {
      hint: 'Run as root, or give this user passwordless sudo (sudoers: NOPASSWD).',
    });
  }
  return typeof code === 'number' ? code : 1;
}

async function receive(): Promise<Inside> {
  const lines = createInterface({ input: process.stdin });
  const listeners: ((signal: Cancel) => void)[] = [];
  const [first] = await once(lines, 'line');
  const errand: Errand = JSON.parse(String(first));
  Object.assign(process.env, errand.environment);
  lines.on('line', (line) => {
    const signal = cancels.find((one) => one === line);
    if (signal) for (const listener of listeners) listener(signal);
  });
  // 137 is what a shell reports of a process that was killed; nobody is left to read it.
  lines.on('close', () => process.exit(137));
  return { user: errand.user, onCancel: (listener) => void listeners.push(listener) };
}
