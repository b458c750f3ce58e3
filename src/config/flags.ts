import { kebab } from './names.js';
import { allOptions } from './table.js';
import { description } from './words.js';

/** An option as the command line shows it. */
export interface OptionFlag {
  /** Kebab-case, without the leading hyphens. */
  readonly name: string;
  /** What stands for the value in help: `path`, `GiB`. */
  readonly placeholder: string;
  readonly description: string;
}

/** All options as flags, in the order of the tables. */
export const optionFlags = (): OptionFlag[] =>
  Object.entries(allOptions).map(([name, one]) => ({
    name: kebab(name),
    placeholder: one.type.placeholder,
    description: description(one),
  }));
