import { BuildError, describe, unwrap } from '../common/errors.js';

/**
 * Formats an error: its message with its causes, the last 20 lines of output, the hint (of the outermost
 * error that has them), and in parentheses the undo operations that failed.
 */
export function failureText(error: unknown): string {
  const { cause, undoing } = unwrap(error);
  const shown = withCauses(cause).filter((one) => one instanceof BuildError);
  const output = shown.find((one) => one.output.length > 0)?.output ?? [];
  const hint = shown.find((one) => one.hint !== undefined)?.hint ?? systemHint(describe(cause));
  return [
    describe(cause),
    ...output.slice(-20).map((line) => `  | ${line}`),
    ...(hint === undefined ? [] : [hint]),
    ...[...new Set(undoing)].map((one) => `(${failureText(one)})`),
  ].join('\n');
}

/** Hint for an error of the system that any call can return (errno(3)). */
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
