import { BuildError, describe, unwrap } from '../errors.js';

/**
 * What is said about an error, once: its sentence with its causes, the last lines of what failed, the hint (of the
 * outermost that has them), and in parentheses what could not be undone.
 */
export function failureText(error: unknown): string {
  const { cause, undoing } = unwrap(error);
  const told = withCauses(cause).filter((one) => one instanceof BuildError);
  const output = told.find((one) => one.output.length > 0)?.output ?? [];
  const hint = told.find((one) => one.hint !== undefined)?.hint;
  return [
    describe(cause),
    ...output.slice(-20).map((line) => `  | ${line}`),
    ...(hint === undefined ? [] : [hint]),
    ...[...new Set(undoing)].map((one) => `(${failureText(one)})`),
  ].join('\n');
}

/** An error and its causes, outermost first. */
const withCauses = (error: unknown): unknown[] =>
  error instanceof Error && error.cause !== undefined ? [error, ...withCauses(error.cause)] : [error];
