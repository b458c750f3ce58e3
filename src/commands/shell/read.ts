import type { Credentials } from '../../config/credentials/types.js';
import { readShell, type ShellConfig } from '../../config/read-shell.js';
import type { Report } from '../../report/report.js';
import { contextWithNotices, type Invocation, keysFor } from '../invocation.js';

/** Reads the options of `shell`, and finds its keys. @throws ConfigError with every problem */
export async function readShellInvocation(
  invocation: Invocation,
  report: Report,
): Promise<{ readonly config: ShellConfig; readonly keys: Credentials }> {
  const context = contextWithNotices(invocation, report);
  const config = await readShell(invocation.read, context);
  return { config, keys: await keysFor(config, context, report) };
}
