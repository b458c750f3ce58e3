import { BuildError, describe, unwrap } from '../common/errors.js';

/**
 * What is said about an error, once: its sentence with its causes, the last lines of what failed, the hint (of the
 * outermost that has them), and in parentheses what could not be undone.
 */
export function failureText(error: unknown): string {
  const { cause, undoing } = unwrap(error);
  const told = withCauses(cause).filter((one) => one instanceof BuildError);
  const output = told.find((one) => one.output.length > 0)?.output ?? [];
  const hint = told.find((one) => one.hint !== undefined)?.hint ?? systemHint(describe(cause));
  return [
    describe(cause),
    ...output.slice(-20).map((line) => `  | ${line}`),
    ...(hint === undefined ? [] : [hint]),
    ...[...new Set(undoing)].map((one) => `(${failureText(one)})`),
  ].join('\n');
}

/** What to do about an error of the system that any call can meet (errno(3)). */
function systemHint(text: string): string | undefined {
  if (/\bEMFILE\b/.test(text)) return 'Raise the limit of open files: ulimit -n 1024.';
  if (/\bENFILE\b/.test(text))
    return 'The VM has too many open files: see sysctl fs.file-nr and fs.file-max.';
  if (/\bEROFS\b/.test(text)) return 'The filesystem is mounted read-only: see findmnt.';
  return undefined;
}

/** An error and its causes, outermost first. */
const withCauses = (error: unknown): unknown[] =>
  error instanceof Error && error.cause !== undefined ? [error, ...withCauses(error.cause)] : [error];
