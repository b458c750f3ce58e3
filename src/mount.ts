import { enter } from './commands/enter.js';
import type { Invocation } from './commands/invocation.js';
import { runMount } from './commands/mount.js';
import { openReport } from './commands/open-report.js';
import { inputNames } from './config/input/secrets-and-names.js';
import { inputReader } from './report/inputs.js';

/**
 * The action mount: the first half of a build. At the end of the job, post cleans up an uncommitted build.
 */
export async function mount(): Promise<never> {
  const { env: environment } = process;
  const read = inputReader(environment);
  return await enter(read, async (privileged) => {
    const invocation: Invocation = {
      command: 'mount',
      read,
      names: inputNames(environment),
      privileged,
      environment,
      hasPost: true,
    };
    return await runMount(invocation, await openReport(invocation));
  });
}
