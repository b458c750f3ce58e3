import { type Environment, variable } from './known.js';
import { kebab } from './names.js';
import { allOptions } from './table.js';

const secretVariables = ['OSC_SECRET_KEY', 'OUTSCALE_SECRETKEYID'];

/**
 * The secrets that are there before anything is read or checked: to be masked before the first line. An access key
 * only names a user: the runner drops a job output that holds a masked text, so nothing is masked without need.
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
