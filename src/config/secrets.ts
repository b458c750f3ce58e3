import { type Environment, variable } from './known.js';
import { kebab } from './names.js';
import { allOptions } from './table.js';

const secretVariables = ['OSC_ACCESS_KEY', 'OSC_SECRET_KEY', 'OUTSCALE_ACCESSKEYID', 'OUTSCALE_SECRETKEYID'];

/**
 * The secrets that are there before anything is read or checked: to be masked before the first line.
 * @param read the text of an option by its kebab-case name
 */
export function secretTexts(
  read: (name: string) => string | undefined,
  environment: Environment,
): readonly string[] {
  const options = Object.entries(allOptions).filter(([, { secret }]) => secret);
  return [
    ...options.map(([name]) => read(kebab(name))),
    ...secretVariables.map((name) => variable(environment, name)),
  ].flatMap((text) => (text ? [text] : []));
}
