import { BuildError } from '../common/errors.js';
import { type Read, readCommandWrapper } from '../config/read.js';
import { relaunchAsRoot } from '../host/exec/relaunch-as-root.js';
import { isPrivilegedChild, type PrivilegedContext, receiveRequest } from '../host/exec/relaunch-request.js';
import { render } from '../template/render.js';
import { exitCodeOf } from './exit-code.js';
import { earlyContext } from './invocation.js';
import { openPlainReport } from './open-report.js';

/** Sets `process.argv` to the user's arguments. The privileged child receives them from its parent. */
export async function receiveArguments(): Promise<void> {
  if (isPrivilegedChild(process.argv)) await receiveRequest(process.argv, process.env);
}

/**
 * Runs a command as root and ends the process with the exit code it returns. Reports the errors that the
 * command has not reported itself.
 */
export async function enter(
  read: Read,
  command: (privileged: PrivilegedContext) => Promise<number>,
): Promise<never> {
  try {
    return await exit(await relaunchAsRoot(process, command, async (line) => await wrapperFor(line, read)));
  } catch (error) {
    const report = await openPlainReport();
    report.failed(error);
    return await exit(exitCodeOf(error));
  }
}

/**
 * Ends the process after its output is written: exit() drops what a slow reader of a pipe has not read yet.
 */
export async function exit(code: number): Promise<never> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      // If the reader has closed the pipe, the callback receives an error.
      async (stream) => await new Promise<void>((written) => void stream.write('', () => written())),
    ),
  );
  process.exit(code);
}

/**
 * The command as `command_wrapper` renders it; undefined if the option is not set, or invalid: the relaunched
 * process reports that with all other mistakes.
 */
async function wrapperFor(command: string, read: Read): Promise<string | undefined> {
  if (!read('command-wrapper') && !read('config')) return undefined;
  const wrapper = await readCommandWrapper(read, earlyContext(process.env));
  if (wrapper === undefined) return undefined;
  try {
    return await render('command_wrapper', wrapper, { Command: command }, new Date());
  } catch (error) {
    if (error instanceof BuildError) return undefined;
    throw error;
  }
}
