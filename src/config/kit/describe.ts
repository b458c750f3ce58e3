import type { Option } from './option.js';

/** The default of an option in words, as all docs have it; empty where there is none. */
export function describeDefault({ otherwise, default: value }: Option<unknown>): string {
  if (otherwise !== undefined) return otherwise;
  return typeof value === 'string' || typeof value === 'boolean' ? `\`${value}\`` : '';
}

/** What an option is for and what holds without it, as one line. */
export function description(one: Option<unknown>): string {
  if (one.required !== undefined) return `${one.text} Required.`;
  const text = describeDefault(one);
  return text === '' ? one.text : `${one.text} Default: ${text}.`;
}
