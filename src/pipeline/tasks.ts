import type { BuildConfig } from '../config/options/table.js';
import type { Report } from '../report/report.js';
import type { Task, Tasks } from '../steps/scripts.js';

/** The configuration of a build, with the scripts and files that it names. */
export interface BuildInput extends BuildConfig {
  readonly tasks: Tasks;
}

/** The tasks of provisioning. Logs what is to be known about them. */
export function tasksOf(
  { tasks: { tasks, notices, warnings } }: BuildInput,
  report: Report,
): readonly Task[] {
  for (const line of notices) report.notice(line);
  for (const line of warnings) report.warn(line);
  return tasks;
}
