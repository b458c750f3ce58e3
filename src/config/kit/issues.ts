import { BuildError, type SourceLocation } from '../../common/errors.js';

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
  /** Follows all issues, once for all that have the same. */
  readonly hint?: string;
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
    const hints = new Set(issues.flatMap(({ hint }) => hint ?? []));
    super([`Invalid configuration, ${count}:`, ...issues.map((issue) => `  ${lineOf(issue)}`)].join('\n'), {
      ...(hints.size === 0 ? {} : { hint: [...hints].join('\n') }),
      location: issues.map(locationOf).find((location) => location !== undefined),
    });
  }
}

/** The position in a file that `OptionsFile.location` and `parseText` write. */
const position =
  /(?:\(|: )(?<file>[^:()]+?)(?:,| is not valid YAML at) line (?<line>\d+), column (?<column>\d+)/;

function locationOf({ option, problem }: Issue): SourceLocation | undefined {
  const { file, line, column } = position.exec(`${option}: ${problem}`)?.groups ?? {};
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) };
}
