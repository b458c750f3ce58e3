import type { Environment } from '../kit/context.js';

/**
 * The inputs that the runner passes, known to the action or not: one that it does not know comes with a mere
 * warning, in upper case and with hyphens kept.
 */
export const inputNames = (environment: Environment): string[] =>
  Object.keys(environment)
    .filter((name) => name.startsWith('INPUT_'))
    .map((name) => name.slice('INPUT_'.length).toLowerCase());
