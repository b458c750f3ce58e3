import { readShell, type ShellConfig } from '../../config/read.js';
import { contextWithNotices, keysFor, type ReadInvocation } from '../invocation.js';

/** Reads the options of `shell`, and finds its keys. @throws ConfigError with every problem */
export const readShellInvocation: ReadInvocation<ShellConfig> = async (invocation, report) => {
  const context = contextWithNotices(invocation, report);
  const config = await readShell(invocation.read, context);
  return { config, keys: await keysFor(config, context, report) };
};
