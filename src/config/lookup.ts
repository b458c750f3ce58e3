import { type Environment, variable } from './known.js';
import type { Profile } from './profile.js';
import { allOptions } from './table.js';

/** A text, and where it was found if the user did not write it as an option. */
export interface Found {
  readonly text: string;
  readonly from?: string;
}

/** Looks an option up: as given, else in its variables, else in its field of the profile. */
export function createLookup(
  given: (name: string) => string | undefined,
  environment: Environment,
  profile: Profile | undefined,
): (name: string) => Found | undefined {
  return (name) => {
    const text = given(name);
    if (text !== undefined) return { text };
    const { variables = [], profileField } = allOptions[name] ?? {};
    for (const from of variables) {
      const value = variable(environment, from);
      if (value !== undefined) return { text: value, from };
    }
    const last = profileField === undefined ? undefined : profile?.field(profileField);
    return last === undefined || profile === undefined ? undefined : { text: last, from: profile.label };
  };
}
