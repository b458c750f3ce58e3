/** A place in a file of the user. */
export interface SourceLocation {
  /** Absolute, or relative to the workspace. */
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Details of an error besides its message. */
export interface ErrorDetails {
  /** What to do about it: one sentence in the imperative. */
  readonly hint?: string;
  /** The last output lines of the command that failed. */
  readonly output?: readonly string[];
  /** Where in the user's files its cause is. */
  readonly location?: SourceLocation | undefined;
  readonly cause?: unknown;
  /** What happened, for a line that names its subject already: `failed with exit code 3`. */
  readonly brief?: string;
}

/** An error for the user: its message and hint are enough to understand it without a stack trace. */
export class BuildError extends Error {
  readonly hint: string | undefined;
  readonly output: readonly string[];
  readonly location: SourceLocation | undefined;
  readonly brief: string | undefined;
  override name = 'BuildError';

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.hint = details.hint;
    this.output = details.output ?? [];
    this.location = details.location;
    this.brief = details.brief;
  }
}

/** The SuppressedError that `await using` throws if both the block and the cleanup at its end fail. */
interface Suppressed extends Error {
  readonly error: unknown;
  readonly suppressed: unknown;
}

const isSuppressed = (error: unknown): error is Suppressed =>
  error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error;

/**
 * Unwraps the nested SuppressedErrors of `await using`.
 * `cause` is the error that ended the block; `undoing` are the errors of the cleanups after it.
 */
export function unwrap(error: unknown): { cause: unknown; undoing: unknown[] } {
  if (!isSuppressed(error)) return { cause: error, undoing: [] };
  const inner = unwrap(error.suppressed);
  return { cause: inner.cause, undoing: [...inner.undoing, error.error] };
}

/** The message of an error, followed by the messages of its causes. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
