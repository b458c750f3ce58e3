import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../common/errors.js';
import { startEmulator } from '../emulator/emulator.js';
import {
  environmentOf,
  optionsOf,
  type EmulatorFlags as ServerFlags,
  serveEmulator,
} from '../emulator/serve.js';
import { requireLoopDevice } from '../emulator/storage/free-loop-device.js';
import { requirePrograms } from '../host/exec/programs.js';
import type { PrivilegedContext } from '../host/exec/relaunch-request.js';
import { asUser, type User } from '../host/exec/user.js';
import { programsOfDemo, publishSource } from './publish-source.js';
import { makeWorkFolder, removeWorkFolder } from './work-folder.js';

/** The flags of the command `emulator`. */
export interface EmulatorFlags extends Omit<ServerFlags, 'directory'> {
  readonly directory?: string;
  readonly demo?: true;
  /** File for the variables, in shell syntax. */
  readonly outputs?: string;
}

/**
 * Serves an emulator until cancelled: in a directory that stays, or with `demo` in one of its own.
 * @returns the exit code
 * @throws BuildError unless exactly one of them is set
 */
export async function runEmulator(
  { demo, directory, outputs, ...flags }: EmulatorFlags,
  privileged: PrivilegedContext,
): Promise<number> {
  const cancelled = new Promise<void>((resolve) => privileged.onCancel(() => resolve()));
  if (directory !== undefined && demo === undefined && outputs === undefined)
    return await serveEmulator({ ...flags, directory }, cancelled);
  if (directory === undefined && demo)
    return await serveDemo({ ...flags, outputs }, privileged.user, cancelled);
  throw new BuildError('emulator: set either --directory or --demo, and --outputs only with --demo');
}

/**
 * Serves an emulator with a source OMI until cancelled, and prints the variables that make the CLI use it, in
 * shell syntax. Removes everything at the end: state, disks, loop devices, and the file of the variables.
 * @returns the exit code
 */
async function serveDemo(
  {
    outputs,
    ...flags
  }: Omit<EmulatorFlags, 'demo' | 'directory' | 'outputs'> & { outputs: string | undefined },
  user: User,
  cancelled: Promise<void>,
): Promise<number> {
  requirePrograms(programsOfDemo);
  await requireLoopDevice();
  const work = await makeWorkFolder(user);
  try {
    const emulator = await startEmulator(optionsOf({ ...flags, directory: join(work, 'cloud') }));
    try {
      const { source } = await publishSource(emulator, work);
      const variables = {
        ...environmentOf(emulator),
        BUILD_OMI_STATE_DIR: join(work, 'state'),
        SOURCE_OMI: source,
      };
      const text = Object.entries(variables)
        .map(([name, value]) => `export ${name}='${value}'\n`)
        .join('');
      if (outputs !== undefined) asUser(user, () => writeFileSync(outputs, text));
      process.stdout.write(text);
      console.error('The emulator is running. To stop it and to remove everything: Ctrl-C');
      await cancelled;
    } finally {
      await emulator.close();
      if (outputs !== undefined) asUser(user, () => rmSync(outputs, { force: true }));
    }
  } finally {
    await removeWorkFolder(work);
  }
  return 0;
}
