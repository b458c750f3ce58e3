import type { BuildConfig } from '../config/options/table.js';
import type { Report } from '../report/report.js';
import { readTasks, type Task } from '../steps/scripts.js';

/** The tasks of provisioning. Logs what is to be known about them. @throws as readTasks */
export function tasksOf(
  config: Pick<BuildConfig, 'provision' | 'mount'>,
  workspace: string,
  report: Report,
): readonly Task[] {
  const { tasks, notices, warnings } = readTasks(config, workspace);
  for (const line of notices) report.notice(line);
  for (const line of warnings) report.warn(line);
  return tasks;
}
