import { asksFor } from '../config/read.js';
import { runUnprivileged } from '../host/exec/relaunch-as-root.js';
import { exit } from './enter.js';
import { earlyContext, type Invocation } from './invocation.js';
import { openReport } from './open-report.js';

/** Whether the options of a build ask for a check only, which needs no root. */
export const isValidation = async (read: Invocation['read']): Promise<boolean> =>
  await asksFor('validate', read, earlyContext(process.env));

/** Finds an OMI in this process, without root, and ends it with the exit code. */
export async function findUnprivileged(
  how: Pick<Invocation, 'read' | 'names' | 'outputs' | 'json'>,
): Promise<never> {
  const { runFind } = await import(/* webpackMode: "eager" */ './images/find.js');
  const code = await runUnprivileged(process, async (privileged) => {
    const invocation: Invocation = { ...how, command: 'find', privileged, environment: process.env };
    return await runFind(invocation, await openReport(invocation));
  });
  return await exit(code);
}

/** Checks the options of a build in this process, without root, and ends it with the exit code. */
export async function validate(read: Invocation['read'], names?: readonly string[]): Promise<never> {
  const { runValidate } = await import(/* webpackMode: "eager" */ './validate.js');
  const code = await runUnprivileged(process, async (privileged) => {
    const invocation: Invocation = {
      command: 'build',
      read,
      privileged,
      environment: process.env,
      json: names === undefined && read('json') === 'true',
      ...(names === undefined ? {} : { names }),
    };
    return await runValidate(invocation, await openReport(invocation));
  });
  return await exit(code);
}
