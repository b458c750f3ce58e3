/** A place in a template. Line and column count from 1. */
export interface Position {
  /** As the user wrote it; `config` for an inline text. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A mistake in a template in HCL2. The evaluator adds the position of the innermost expression. */
export class HclError extends Error {
  override name = 'HclError';
  at: Position | undefined;
  /**
   * @param problem follows the position: `calls f, which is not defined`
   * @param fix what to do, in the imperative
   */
  constructor(
    readonly problem: string,
    readonly fix: string,
    at?: Position,
  ) {
    super(problem);
    this.at = at;
  }
}

/** A template that needs too much time or memory. `try` and `can` do not catch it. */
export class LimitError extends HclError {
  override name = 'LimitError';
}

/** Rejects a value or an expression. @throws HclError always */
export function fail(problem: string, fix: string, at?: Position): never {
  throw new HclError(problem, fix, at);
}

/** `template.pkr.hcl, line 3, column 7`. */
export const shownPosition = ({ file, line, column }: Position): string =>
  `${file}, line ${line}, column ${column}`;
