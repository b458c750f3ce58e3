/** What an error may carry besides its sentence. */
export interface ErrorDetails {
  /** One sentence that says what to do about it. */
  readonly hint?: string;
  /** Last lines of the output of what failed. */
  readonly output?: readonly string[];
  readonly cause?: unknown;
}

/** An error for the user: a sentence, a hint, and nothing that needs a stack trace to be understood. */
export class BuildError extends Error {
  readonly hint: string | undefined;
  readonly output: readonly string[];
  override name = 'BuildError';

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.hint = details.hint;
    this.output = details.output ?? [];
  }
}

/** An error whose undo failed as well: `await using` reports the pair as a SuppressedError. */
interface Suppressed extends Error {
  readonly error: unknown;
  readonly suppressed: unknown;
}

const isSuppressed = (error: unknown): error is Suppressed =>
  error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error;

/**
 * Takes apart what `await using` throws when a block and the undo at its closing brace both fail.
 * The first is why the block ended; the others are what went wrong while putting away.
 */
export function unwrap(error: unknown): { cause: unknown; undoing: unknown[] } {
  if (!isSuppressed(error)) return { cause: error, undoing: [] };
  const inner = unwrap(error.suppressed);
  return { cause: inner.cause, undoing: [...inner.undoing, error.error] };
}

/** The sentence of an error with the sentences of its causes, outermost first. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
