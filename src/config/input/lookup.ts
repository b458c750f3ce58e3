import { type Environment, variable } from '../kit/context.js';
import { kebab } from '../kit/option.js';
import { allOptions } from '../options/table.js';
import type { Profile } from './profile.js';
import type { RawValue } from './raw-value.js';

/**
 * Looks up an option: the value that the user set, else its environment variables, else its profile field.
 */
export function createLookup(
  given: (name: string) => RawValue | undefined,
  environment: Environment,
  profile: Profile | undefined,
): (name: string) => RawValue | undefined {
  return (name) => {
    const written = given(name);
    if (written !== undefined) return written;
    const found = (value: string, from: string): RawValue => ({
      value,
      called: () => `${kebab(name)} (from ${from})`,
    });
    const { variables = [], profileField } = allOptions[name] ?? {};
    for (const from of variables) {
      const value = variable(environment, from);
      if (value !== undefined) return found(value, from);
    }
    const last = profileField === undefined ? undefined : profile?.field(profileField);
    return last === undefined || profile === undefined ? undefined : found(last, profile.label);
  };
}
