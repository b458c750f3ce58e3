import { unreadText } from '../common/unread.js';
import type { ReadContext } from '../config/kit/context.js';
import { ConfigError, type Issue } from '../config/kit/issues.js';
import type { BuildConfig } from '../config/options/table.js';
import { type CheckTasks, type Read, readConfig, type WholeConfig } from '../config/read.js';
import type { User } from '../host/exec/user.js';
import type { BuildInput } from '../pipeline/tasks.js';
import { whyNotOpened } from '../runtime/source-file.js';
import { readTasks, type Tasks } from '../steps/scripts.js';

/** The configuration of a whole build, with the scripts and files that it names. */
export type ConfigWithTasks = WholeConfig & BuildInput;

/**
 * Reads the configuration of a whole build, and each script once.
 * @param user whose permissions count for the source image
 * @throws ConfigError with every problem of the options, scripts and files
 */
export async function readWithTasks(read: Read, context: ReadContext, user: User): Promise<ConfigWithTasks> {
  const { workspace = '.' } = context;
  let tasks: Tasks = { tasks: [], notices: [], warnings: [] };
  const check: CheckTasks = (config) => {
    const image = checkImage(config.source, workspace, user);
    try {
      const found = readTasks(config, workspace);
      tasks = { ...found, notices: [...found.notices, ...image.notices] };
      return image.issues;
    } catch (error) {
      if (error instanceof ConfigError) return [...image.issues, ...error.issues];
      throw error;
    }
  };
  return { ...(await readConfig(read, context, check)), tasks };
}

/** A file that a path names can be missing. One of a URL is not looked for. */
function checkImage(
  { source_image: location }: BuildConfig['source'],
  workspace: string,
  user: User,
): { readonly issues: readonly Issue[]; readonly notices: readonly string[] } {
  const option = 'source-image';
  if (location === unreadText)
    return { issues: [], notices: [`${option} is not checked: its path depends on a data source`] };
  const problem = location === undefined ? undefined : whyNotOpened(location, { workspace, user });
  const fix = 'write the path of a disk image on this VM, or an https URL';
  return { issues: problem === undefined ? [] : [{ option, problem, fix }], notices: [] };
}
