import { description } from '../kit/describe.js';
import { kebab } from '../kit/names.js';
import type { CommandName, Group } from '../kit/option.js';
import { documentedOptions } from './told.js';

/** An option as the command line shows it. */
export interface OptionFlag {
  /** Kebab-case, without the leading hyphens. */
  readonly name: string;
  /** What stands for the value in help: `path`, `GiB`. */
  readonly placeholder: string;
  readonly description: string;
}

/** Options as flags. */
export const flagsOf = (options: Group): OptionFlag[] =>
  Object.entries(options).map(([name, one]) => ({
    name: kebab(name),
    placeholder: one.type.placeholder,
    description: description(one),
  }));

/** The options of a way in as flags, in the order of the tables. */
export const optionFlags = (command: CommandName): OptionFlag[] => flagsOf(documentedOptions(command));
