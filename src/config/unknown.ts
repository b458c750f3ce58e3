import type { Environment } from './known.js';
import type { Mistake } from './mistake.js';
import { kebab } from './names.js';
import { nearest } from './suggest.js';
import { allOptions } from './table.js';

const inputs = Object.keys(allOptions).map(kebab);

/**
 * The `INPUT_…` variables that are no input of the action. The runner passes an input that it does not know
 * with a mere warning, in upper case and with hyphens kept.
 */
export function unknownInputs(environment: Environment): Mistake[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('INPUT_'))
    .map((name) => name.slice('INPUT_'.length).toLowerCase())
    .filter((input) => !inputs.includes(input))
    .map((input) => ({ option: input, wrong: 'is no input of this action', right: advice(input) }));
}

function advice(input: string): string {
  if (inputs.includes(kebab(input))) return `write ${kebab(input)}: an input has hyphens`;
  const meant = nearest(kebab(input), inputs);
  return meant === undefined ? `the inputs are ${inputs.join(', ')}` : `did you mean ${meant}?`;
}
