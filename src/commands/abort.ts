import { BuildError } from '../common/errors.js';
import { LedgerStore } from '../ledger/store.js';
import type { Report } from '../report/report.js';
import { exitCodeOf } from './exit-code.js';
import { type Invocation, readForCleanUp } from './invocation.js';
import { runPost } from './post.js';
import { openIdle } from './resume.js';

/** Aborts a build that `mount` started, and cleans up as post does. @returns the exit code */
export async function runAbort(invocation: Invocation, report: Report): Promise<number> {
  try {
    const { config } = await readForCleanUp(invocation, report);
    const { build_id: id, state_dir: directory } = config.running;
    if (id === undefined)
      throw new BuildError('build_id: is missing', { hint: 'Write the build-id output of mount.' });
    await openIdle(id, new LedgerStore(directory, invocation.privileged.user));
    return await runPost(invocation, id, report, { abort: true });
  } catch (error) {
    report.failed(error);
    return exitCodeOf(error);
  }
}
