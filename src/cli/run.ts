import { enter } from '../commands/enter.js';
import type { Invocation } from '../commands/invocation.js';
import { openReport } from '../commands/open-report.js';
import type { CommandName } from '../config/kit/option.js';
import type { LiveLine } from '../report/live-line.js';
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
      live: await liveLine(process.stdout),
    };
    return await work(invocation, await openReport(invocation));
  });

/** The last line of the terminal; undefined if the stream is none. */
async function liveLine(stream: NodeJS.WriteStream): Promise<LiveLine | undefined> {
  if (!stream.isTTY) return undefined;
  const live = await import(/* webpackMode: "eager" */ '../report/live-line.js');
  return live.liveLine(stream);
}
