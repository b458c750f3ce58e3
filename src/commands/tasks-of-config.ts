import type { ReadContext } from '../config/kit/context.js';
import { ConfigError } from '../config/kit/issues.js';
import { type CheckTasks, type Read, readConfig, type WholeConfig } from '../config/read.js';
import type { BuildInput } from '../pipeline/tasks.js';
import { readTasks, type Tasks } from '../steps/scripts.js';

/** The configuration of a whole build, with the scripts and files that it names. */
export type ConfigWithTasks = WholeConfig & BuildInput;

/**
 * Reads the configuration of a whole build, and each script once.
 * @throws ConfigError with every problem of the options, scripts and files
 */
export async function readWithTasks(read: Read, context: ReadContext): Promise<ConfigWithTasks> {
  let tasks: Tasks = { tasks: [], notices: [], warnings: [] };
  const check: CheckTasks = (config) => {
    try {
      tasks = readTasks(config, context.workspace ?? '.');
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.issues;
      throw error;
    }
  };
  return { ...(await readConfig(read, context, check)), tasks };
}
