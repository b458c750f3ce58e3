import { tasksOf } from '../pipeline/tasks.js';
import type { Report } from '../report/report.js';
import { exitCodeOf } from './exit-code.js';
import { checkInvocation, type Invocation } from './invocation.js';

/**
 * Checks the configuration of a build: options, templates, and the scripts and files that it names. Needs no
 * keys, VM, network or root. @returns the exit code
 */
export async function runValidate(invocation: Invocation, report: Report): Promise<number> {
  try {
    tasksOf(await checkInvocation(invocation, report), report);
    report.info('The configuration is valid.');
    return 0;
  } catch (error) {
    report.failed(error);
    return exitCodeOf(error);
  }
}
