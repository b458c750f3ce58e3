import { BuildError } from '../../common/errors.js';

/** One problem of a value, found by the type that read it. */
export interface InvalidValue {
  /** Path inside the value: `item 2`, `mode`. */
  readonly at: readonly string[];
  /** The invalid text, unless it may be a secret. */
  readonly value?: string;
  /** Follows the option and the value: `is not a boolean`. */
  readonly problem: string;
  /** What to do, in the imperative: `write true or false`. */
  readonly fix: string;
}

/** Thrown by a type that cannot read a value; carries every problem of the value. */
export class InvalidValueError extends Error {
  override name = 'InvalidValueError';
  constructor(readonly invalid: readonly InvalidValue[]) {
    super(invalid.map(({ problem }) => problem).join('; '));
  }
}

/** Rejects a value. @throws InvalidValueError always */
export function refuse(problem: string, fix: string, value?: string): never {
  throw new InvalidValueError([{ at: [], problem, fix, ...(value === undefined ? {} : { value }) }]);
}

/** One line of a ConfigError; `option` is spelled as the user wrote it: input, flag or key of a file. */
export interface Issue {
  readonly option: string;
  readonly problem: string;
  readonly fix: string;
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** An invalid value as an issue of an option, with the path inside the value. */
export function issueOf(option: string, { at, value, problem, fix }: InvalidValue): Issue {
  const path = [option, ...at].join(', ');
  return { option: path, problem: value === undefined ? problem : `${shown(value)} ${problem}`, fix };
}

const lineOf = ({ option, problem, fix }: Issue): string => `${option}: ${problem}; ${fix}`;

/** Every problem of the options of a build, in one error. */
export class ConfigError extends BuildError {
  override name = 'ConfigError';
  constructor(readonly issues: readonly Issue[]) {
    const count = issues.length === 1 ? '1 problem' : `${issues.length} problems`;
    super([`Invalid configuration, ${count}:`, ...issues.map((issue) => `  ${lineOf(issue)}`)].join('\n'));
  }
}
