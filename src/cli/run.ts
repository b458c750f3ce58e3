import { enter } from '../commands/enter.js';
import type { Invocation } from '../commands/invocation.js';
import { openReport } from '../commands/open-report.js';
import type { CommandName } from '../config/kit/option.js';
import { liveLine } from '../report/live-line.js';
import type { Report } from '../report/report.js';

/** A command. @returns its exit code */
export type Run = (invocation: Invocation, report: Report) => Promise<number>;

/** Runs a command with its own report. @param command its options can be set */
export const run = async (command: CommandName, read: Invocation['read'], work: Run): Promise<never> =>
  await enter(read, async (privileged) => {
    const invocation: Invocation = {
      command,
      read,
      privileged,
      environment: process.env,
      outputs: read('outputs'),
      manifest: read('manifest'),
      json: read('json') === 'true',
      live: process.stdout.isTTY ? liveLine(process.stdout) : undefined,
    };
    return await work(invocation, await openReport(invocation));
  });
