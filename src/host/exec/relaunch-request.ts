import { createInterface } from 'node:readline';
import type { ProcessIdentity } from '../proc/identity.js';
import type { Caller } from './caller.js';
import type { User } from './user.js';

/** The first line that the privileged child reads from its stdin, as JSON. */
export interface RelaunchRequest {
  readonly user: User;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly starter: ProcessIdentity | undefined;
  readonly caller: Caller;
}

/** The argument that marks the privileged child. */
export const privilegedChildFlag = '--privileged-child';

export const cancels = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A cancel signal, or SIGPIPE if the reader of the output has exited. */
export type Cancel = (typeof cancels)[number] | 'SIGPIPE';

/** What a process that runs as root knows of the process that the user started. */
export interface PrivilegedContext {
  readonly user: User;
  /**
   * The process that the user, the runner or the shell started it from; undefined if that has ended already.
   */
  readonly starter: ProcessIdentity | undefined;
  /** The process that the user started, unless it is this one. */
  readonly caller?: Caller;
  /** Calls back for each cancel signal that the user, the runner or the shell sends. */
  onCancel(listener: (signal: Cancel) => void): void;
}

/** Passes cancel signals to listeners, including the signals that arrived before a listener was added. */
export class Cancels {
  readonly #heard: Cancel[] = [];
  readonly #listeners: ((signal: Cancel) => void)[] = [];

  constructor() {
    // Without a listener a closed pipe would end the process before it has cleaned up.
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

/** The request of this process, once it is being received. */
let received: Promise<PrivilegedContext> | undefined;

/** Whether this process is the privileged child of `relaunchAsRoot`. */
export const isPrivilegedChild = (argv: readonly string[]): boolean =>
  received !== undefined || argv.includes(privilegedChildFlag);

/**
 * Receives the request of the parent process from stdin, once. It replaces the flag in `argv` by the
 * arguments that the user wrote, and adds the user's environment to `env`.
 */
export async function receiveRequest(argv: string[], env: NodeJS.ProcessEnv): Promise<PrivilegedContext> {
  received ??= receive(argv, env);
  return await received;
}

async function receive(argv: string[], env: NodeJS.ProcessEnv): Promise<PrivilegedContext> {
  const { hear, onCancel } = new Cancels();
  const lines = createInterface({ input: process.stdin });
  const request = await new Promise<RelaunchRequest>((resolve) => {
    // One listener for all lines: a cancel signal may come in the same chunk as the request.
    let first = true;
    lines.on('line', (line) => {
      if (first) resolve(JSON.parse(line));
      first = false;
      const signal = cancels.find((one) => one === line);
      if (signal) hear(signal);
    });
    // A shell reports 137 for a process that was killed. No process is left to read it.
    lines.on('close', () => process.exit(137));
  });
  argv.splice(argv.indexOf(privilegedChildFlag), 1);
  argv.push(...request.arguments);
  Object.assign(env, request.environment);
  return { user: request.user, starter: request.starter, caller: request.caller, onCancel };
}
