import { runBuild } from './commands/build.js';
import { enter } from './commands/enter.js';
import type { Invocation } from './commands/invocation.js';
import { openReport } from './commands/open-report.js';
import { isValidation, validate } from './commands/unprivileged.js';
import { inputNames } from './config/input/secrets-and-names.js';
import { inputReader } from './report/inputs.js';

/** The action: a whole build. If it is killed, post cleans up. */
export async function main(): Promise<never> {
  const { env: environment } = process;
  const read = inputReader(environment);
  if (await isValidation(read)) return await validate(read, inputNames(environment));
  return await enter(read, async (privileged) => {
    const invocation: Invocation = {
      command: 'build',
      read,
      names: inputNames(environment),
      privileged,
      environment,
      hasPost: true,
    };
    return await runBuild(invocation, await openReport(invocation));
  });
}
