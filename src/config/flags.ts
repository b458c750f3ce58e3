import { kebab } from './names.js';
import type { Option } from './option.js';
import { allOptions } from './table.js';

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
    description: [one.text, defaultSentence(one)].filter(Boolean).join(' '),
  }));

/** The default in words, as all docs have it; empty where there is none. */
export function defaultWords({ otherwise, default: value }: Option<unknown>): string {
  if (otherwise !== undefined) return otherwise;
  return typeof value === 'string' || typeof value === 'boolean' ? `\`${value}\`` : '';
}

/** The default as a sentence for descriptions. */
export function defaultSentence(one: Option<unknown>): string {
  const words = one.required === undefined ? defaultWords(one) : '';
  return words === '' ? '' : `Default: ${words}.`;
}
