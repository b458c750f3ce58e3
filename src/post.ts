import { inputReader, savedState } from './report/inputs.js';
import { runPost } from './run-post.js';
import { enter, openReport } from './way-in.js';

/** The action's post step: puts away what a failed, cancelled or killed main left. */
const buildId = savedState(process.env, 'build-id');
if (buildId !== undefined) {
  await enter(async (inside) => {
    const { env: environment } = process;
    const way = { read: inputReader(environment), inside, environment };
    return await runPost(way, buildId, await openReport(way));
  });
}
