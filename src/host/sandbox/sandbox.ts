import type { Command } from '../exec/exec.js';
import { launch } from './launch.js';

/** Where a build mounts its image and works on it. */
export interface Sandbox {
  /** A process to which the same mounts are visible. */
  readonly pid: number;
  /** The root of the mount namespace, as a path of the VM. Its links must not be followed: see image-tree.ts. */
  readonly root: string;
  /** A folder for names of disks; without one /dev/shm is covered, which only a room of the build's own can have. */
  readonly names?: string;
  /** The command that runs a command inside, with the mounts and the root that hold there. */
  inside(argv: Command): Command;
  /** The command that starts a program of the user there, whose environment goes to its stdin: see launch.ts. */
  launch(argv: Command, at: string): Command;
  /**
   * Kills every process that is inside for the build alone, and waits until they are gone: one that writes ends when
   * that is written. When it is aborted the namespaces end.
   */
  killAll(signal: AbortSignal): Promise<void>;
}

/** The VM itself, where everybody sees what is mounted; the processes there are everybody's too. */
export const hostSandbox = (names: string): Sandbox => ({
  pid: process.pid,
  root: '',
  names,
  inside: (argv) => argv,
  launch: (argv, at) => launch(argv, at),
  killAll: () => Promise.resolve(),
});
