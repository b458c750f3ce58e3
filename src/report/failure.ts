import { BuildError, describe, type SourceLocation, unwrap } from '../common/errors.js';

/** An error for the log, in the order of importance. */
export interface Failure {
  /** The message with its causes. */
  readonly message: string;
  /** The hint of the outermost error that has one. */
  readonly hint?: string | undefined;
  /** The undo operations that failed, each in parentheses. */
  readonly undoing: readonly string[];
  /** The last 40 lines of output, of the outermost error that has them. */
  readonly output: readonly string[];
  /** Where in the user's files the cause is. */
  readonly location?: SourceLocation | undefined;
}

/** Formats an error. */
export function failureOf(error: unknown): Failure {
  const { cause, undoing } = unwrap(error);
  const shown = withCauses(cause).filter((one) => one instanceof BuildError);
  const output = shown.find((one) => one.output.length > 0)?.output ?? [];
  return {
    message: describe(cause),
    hint: shown.find((one) => one.hint !== undefined)?.hint ?? systemHint(describe(cause)),
    undoing: [...new Set(undoing)].map((one) => `(${failureText(one)})`),
    output: output.slice(-40).map((line) => `  ${line}`),
    location: shown.find((one) => one.location !== undefined)?.location,
  };
}

/** The whole text of an error: message, output, failed undo operations, hint. */
export function failureText(error: unknown): string {
  const { message, hint, undoing, output } = failureOf(error);
  return [message, ...output, ...undoing, ...(hint === undefined ? [] : [hint])].join('\n');
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
