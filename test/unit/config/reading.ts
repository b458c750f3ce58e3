import type { ReadContext } from '../../../src/config/kit/context.js';
import { ConfigError } from '../../../src/config/kit/issues.js';
import type { BuildConfig } from '../../../src/config/options/table.js';
import { readConfig } from '../../../src/config/read.js';

/** What must be there for a configuration to be valid. */
export const enough = { 'source-omi': 'ami-12345678', 'omi-name': 'an image' };

/** A machine without files or variables, but for what a test adds. */
export const context = (also: Partial<ReadContext> = {}): ReadContext => ({
  environment: {},
  home: '/home/user',
  readFile: () => undefined,
  ...also,
});

/** The configuration that these inputs make. */
export const configOf = async (
  inputs: Readonly<Record<string, string>>,
  also: Partial<ReadContext> = {},
): Promise<BuildConfig> => {
  const all: Readonly<Record<string, string>> = { ...enough, ...inputs };
  return await readConfig((name) => all[name], context(also));
};

/** The lines of the error that these inputs make. */
export async function issuesOf(
  inputs: Readonly<Record<string, string>>,
  also: Partial<ReadContext> = {},
): Promise<string[]> {
  try {
    await configOf(inputs, also);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split('\n')
        .map((line) => line.trim())
        .slice(1);
    throw error;
  }
  return [];
}
