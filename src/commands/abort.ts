import { BuildError } from '../common/errors.js';
import { StateFiles } from '../ledger/store.js';
import type { Report } from '../report/report.js';
import { readForCleanUp, type WayIn } from './invocation.js';
import { runPost } from './post.js';
import { openHanded } from './resume.js';

/** Gives up a build that `mount` began: puts everything away, as post does. @returns the exit code. */
export async function runAbort(way: WayIn, report: Report): Promise<number> {
  try {
    const { config } = await readForCleanUp(way, report);
    const { build_id: id, state_dir: directory } = config.running;
    if (id === undefined)
      throw new BuildError('build_id: is missing', { hint: 'Write the build-id that mount gave.' });
    openHanded(id, new StateFiles(directory, way.inside.user));
    return await runPost(way, id, report, { abort: true });
  } catch (error) {
    report.failed(error);
    return 1;
  }
}
