import { kebab } from '../kit/names.js';
import { access } from '../options/access.js';
import type { BuildConfig } from '../options/table.js';

/** A command line is seen by everybody. */
const keys = ['access_key', 'secret_key', 'token'];

/** The flags by which another command reaches the same cloud and VM, but for the keys and what has its default. */
export const accessFlags = (config: BuildConfig['access']): string[] =>
  Object.entries(config).flatMap(([name, value]) => {
    if (keys.includes(name) || value === undefined || value === defaults.get(name)) return [];
    return [`--${kebab(name)}`, String(value)];
  });

const defaults: ReadonlyMap<string, unknown> = new Map(
  Object.entries(access).map(([name, one]) => [name, one.default]),
);
