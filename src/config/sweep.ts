import { flagsOf, type OptionFlag } from './docs/flags.js';
import type { Read } from './input/raw-value.js';
import { ConfigError, InvalidValueError, issueOf } from './kit/issues.js';
import { kebab, readGroup, type Values } from './kit/option.js';
import { access } from './options/access.js';
import { running } from './options/running.js';
import { sweep } from './options/sweep.js';

/** The options of `sweep` alone, without those of `access`. */
export type SweepConfig = Values<typeof sweep>;

/** All flags of `sweep` except `--yes`, which has no value. */
export function sweepFlags(): OptionFlag[] {
  const { config, log_level, state_dir, api_rate } = running;
  const { yes: _, ...own } = sweep;
  return flagsOf({ ...own, ...access, config, log_level, state_dir, api_rate }, 'Sweep');
}

/** Reads the options of `sweep` alone. @throws ConfigError with every problem */
export async function readSweep(read: Read): Promise<SweepConfig> {
  try {
    return await readGroup(sweep, (name) => read(kebab(name)));
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new ConfigError(
      error.invalid.map(({ at: [name = '', ...at], ...invalid }) => issueOf(kebab(name), { ...invalid, at })),
    );
  }
}
