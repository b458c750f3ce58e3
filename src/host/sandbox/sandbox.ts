import type { Command } from '../exec/exec.js';
import { launch } from './launch.js';
import { type Mounter, startMounter } from './mounter.js';

/** The mount namespace in which a build mounts and changes its image: private, or that of the VM. */
export interface Sandbox {
  /** A process in the mount namespace, with the same root directory as programs in it. */
  readonly pid: number;
  /**
   * Root of the mount namespace, as a path on the VM. Callers must not follow symbolic links below it; see
   * image/path.ts.
   */
  readonly root: string;
  /**
   * Directory for disk aliases. Without it, a tmpfs is mounted on /dev/shm, which requires a private mount
   * namespace.
   */
  readonly names?: string;
  /** The command that runs a command of the VM in the sandbox, with its mounts and its root. */
  inside(argv: Command): Command;
  /**
   * The command that starts a program of the user in the sandbox. Its stdin is the environment; see
   * launch.ts.
   * @param network whether the program has the network of the VM; default: yes
   */
  launch(argv: Command, at: string, network?: boolean): Command;
  /**
   * What mounts in the sandbox until the end of the block. An abort kills it. No program of the image may run
   * before its end, because it has access to all that this process has open.
   */
  mounter(signal: AbortSignal): Mounter;
  /**
   * Kills all processes in the private namespaces and waits until they have ended. A process in an
   * uninterruptible write ends after the write. An abort ends the namespaces.
   */
  killAll(signal: AbortSignal): Promise<void>;
}

/** The namespaces of the VM. All its processes see the mounts, so `killAll` does nothing. */
export const hostSandbox = (names: string): Sandbox => ({
  pid: process.pid,
  root: '',
  names,
  inside: (argv) => argv,
  launch: (argv, at, network) => launch(argv, at, undefined, false, network),
  mounter: startMounter,
  killAll: () => Promise.resolve(),
});
