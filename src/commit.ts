import { runCommit } from './commands/commit.js';
import { enter } from './commands/enter.js';
import type { Invocation } from './commands/invocation.js';
import { openReport } from './commands/open-report.js';
import { inputNames } from './config/input/secrets-and-names.js';
import { inputReader } from './report/inputs.js';

/** The action commit: the second half of a build. After a failure the post step of mount cleans up. */
export async function commit(): Promise<never> {
  const { env: environment } = process;
  const read = inputReader(environment);
  return await enter(read, async (privileged) => {
    const invocation: Invocation = {
      command: 'commit',
      read,
      names: inputNames(environment),
      privileged,
      environment,
      hasPost: true,
    };
    return await runCommit(invocation, await openReport(invocation));
  });
}
