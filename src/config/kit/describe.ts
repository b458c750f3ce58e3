import type { Option } from './option.js';

/** The default of an option as the documentation shows it; empty if it has none. */
export function describeDefault({ otherwise, default: value }: Option<unknown>): string {
  if (otherwise !== undefined) return otherwise;
  return typeof value === 'string' || typeof value === 'boolean' ? `\`${value}\`` : '';
}

/** The description of an option with its default, on one line. */
export function description(one: Option<unknown>): string {
  if (one.required !== undefined) return `${one.text} Required.`;
  const text = describeDefault(one);
  return text === '' ? one.text : `${one.text} Default: ${text}.`;
}
