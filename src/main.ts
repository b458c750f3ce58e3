import { inputNames } from './config/input-names.js';
import { inputReader } from './report/inputs.js';
import { runBuild } from './run/build.js';
import { enter, openReport } from './way-in.js';

/** The action: a whole build. What it leaves open when it is killed is for post. */
export async function main(): Promise<never> {
  const { env: environment } = process;
  const read = inputReader(environment);
  return await enter(read, async (inside) => {
    const way = { read, names: inputNames(environment), inside, environment, hasPost: true };
    return await runBuild(way, await openReport(way));
  });
}
