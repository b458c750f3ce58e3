import { BuildError, describe, unwrap } from '../errors.js';

/**
 * What is said about an error, once: its sentence with its causes, the last lines of what failed, the hint, and in
 * parentheses what could not be undone.
 */
export function failureText(error: unknown): string {
  const { cause, undoing } = unwrap(error);
  const { output, hint } = cause instanceof BuildError ? cause : { output: [], hint: undefined };
  return [
    describe(cause),
    ...output.slice(-20).map((line) => `  | ${line}`),
    ...(hint === undefined ? [] : [hint]),
    ...undoing.map((one) => `(${failureText(one)})`),
  ].join('\n');
}
