import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../../common/errors.js';
import type { Command } from '../exec/exec.js';
import type { AnswerLimit, Helper } from '../exec/helper.js';
import { identify, isAlive, type ProcessIdentity, startOf } from '../proc/identity.js';
import { attempt } from '../proc/processes.js';
import { attachedLaunch } from './attached.js';
import { holder } from './holder.js';
import { launch } from './launch.js';
import { mounterOf, startMounting } from './mounter.js';
import type { Sandbox } from './sandbox.js';

/** Options of nsenter(1). */
const namespaces = ['--mount', '--pid', '--uts', '--ipc'] as const;

/** The mount, PID, UTS and IPC namespaces of a build, see namespaces(7). */
export interface Namespace extends Sandbox {
  /** PID 1 of the namespaces, with its PID on the VM. */
  readonly holder: ProcessIdentity;
  /**
   * Makes the mount at `path` the root and unmounts the root of the VM. Programs launched afterwards run
   * without the capabilities of capabilities.ts.
   */
  pivot(path: string): Promise<void>;
  /** The command that starts a program with the stdin, stdout and stderr of its caller; see attached.ts. */
  attach(argv: Command, at: string): Command;
  /** Sets the host name that programs in the namespaces see. */
  setHostName(name: string): Promise<void>;
}

/** The usual limit of an answer of the holder. */
const defaultLimit: AnswerLimit = {
  late: "the holder of the build's namespaces (perl) did not answer",
  kind: 'quick',
};

/** The last argument of the holder, by which it is known whose it is. */
export const namespaceName = (build: string, uid: number): string => `build-omi-${build} of user ${uid}`;

/** The process that opens namespaces, which waits until it is asked to. */
export interface NamespaceStart extends AsyncDisposable {
  /**
   * Opens the namespaces. When this process or the holder ends, the kernel kills the processes and removes
   * the mounts in them. @throws BuildError if the kernel or the permissions of the caller do not allow it
   */
  open(): Promise<Namespace>;
}

/**
 * Starts the process that opens namespaces. It has none until then, and ends with this process.
 * @param name last argument of the holder, which identifies the build
 */
export function startNamespace(name: string): NamespaceStart {
  // Scripts can read the environment of PID 1.
  const helper = startMounting(holder(name), "the build's namespaces", { env: {} });
  return {
    open: async () => await open(helper),
    [Symbol.asyncDispose]: async () => await helper.end(),
  };
}

async function open(helper: Helper): Promise<Namespace> {
  const ask = async (line: string, limit = defaultLimit): Promise<void> => {
    const result = await helper.ask(line, limit);
    if (result !== 'done')
      throw new BuildError(`the holder of the build's namespaces failed: ${line}: ${result}`);
  };
  // Before the pivot, commands of the VM run in the namespaces.
  let hasImageAsRoot = false;

  const pid = Number(await helper.ask('open', defaultLimit));
  const identity = identify(pid);
  if (identity === undefined) throw new BuildError("the build's namespaces ended immediately");
  // The parent is in the mount namespace and outside the PID namespace. Programs of the image do not see it,
  // and its root is theirs: pivot_root(2) changes the root of every process in the namespace.
  const { parent } = startOf(pid);
  const root = `/proc/${parent}/root`;
  return {
    holder: identity,
    pid: parent,
    root,
    inside: (argv) => {
      // The PID may belong to another process now.
      if (!isAlive(identity)) throw new BuildError("the build's namespaces ended");
      return ['nsenter', `--target=${pid}`, ...namespaces, `--root=${root}`, `--wd=${root}`, '--', ...argv];
    },
    launch: (argv, at, network) => launch(argv, at, identity, hasImageAsRoot, network),
    // PID 1 lives on.
    mounter: (signal) => mounterOf(helper, signal, () => Promise.resolve()),
    attach: (argv, at) => attachedLaunch(argv, at, identity, hasImageAsRoot),
    pivot: async (path) => {
      await ask(`pivot ${path}`);
      hasImageAsRoot = true;
    },
    setHostName: async (host) => await ask(`host ${host}`),
    killAll: (signal) =>
      ask('kill', { late: 'processes left running by the scripts did not end', kind: 'disk', signal }),
  };
}

/**
 * Kills the holder of namespaces and waits until it has ended. Does nothing if it has already ended, or if
 * the process does not hold namespaces of that name: a user who can write a ledger must not be able to kill
 * other processes.
 */
export async function endNamespace(who: ProcessIdentity, name: string, signal: AbortSignal): Promise<void> {
  if (!isAlive(who) || nameHeldBy(who.pid) !== name) return;
  while (isAlive(who)) {
    try {
      process.kill(who.pid, 'SIGKILL');
    } catch {
      // It ended after the check.
    }
    await sleep(5, undefined, { signal });
  }
}

/** Name of the namespaces that a process holds: its last argument. */
const nameHeldBy = (pid: number): string | undefined =>
  attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    ?.split('\0')
    .at(-2);
