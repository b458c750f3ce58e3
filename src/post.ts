import { enter } from './commands/enter.js';
import type { Invocation } from './commands/invocation.js';
import { openReport } from './commands/open-report.js';
import { runPost } from './commands/post.js';
import { inputReader, savedState } from './report/inputs.js';

/** The post step of the action: cleans up after a failed, cancelled or killed main step. */
export async function post(): Promise<never> {
  const { env: environment } = process;
  const read = inputReader(environment);
  return await enter(read, async (privileged) => {
    const buildId = savedState(environment, 'build-id');
    if (buildId === undefined) return 0;
    // It reads the inputs of the main step.
    const invocation: Invocation = { command: 'build', read, privileged, environment };
    const reported = savedState(environment, 'kept') !== undefined;
    return await runPost(invocation, buildId, await openReport(invocation), { abort: false, reported });
  });
}
