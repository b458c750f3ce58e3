import { BuildError } from '../../common/errors.js';

/** One thing that is wrong with a value, said by the type that read it. */
export interface InvalidValue {
  /** Where inside the value: `item 2`, `mode`. */
  readonly at: readonly string[];
  /** The text that is wrong, where showing it helps and gives nothing away. */
  readonly value?: string;
  readonly problem: string;
  readonly fix: string;
}

/** Thrown by a type that cannot read a value; carries everything that is wrong with it. */
export class InvalidValueError extends Error {
  override name = 'Refused';
  constructor(readonly invalid: readonly InvalidValue[]) {
    super(invalid.map(({ problem }) => problem).join('; '));
  }
}

/** Says what is wrong with a value and what would be right. @throws Refused always */
export function refuse(problem: string, fix: string, value?: string): never {
  throw new InvalidValueError([{ at: [], problem, fix, ...(value === undefined ? {} : { value }) }]);
}

/** One line of the list of mistakes; `option` is spelled as the way in spells it. */
export interface Issue {
  readonly option: string;
  readonly problem: string;
  readonly fix: string;
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** A fault as a line about an option; `option` is spelled as the way in spells it. */
export function issueOf(option: string, { at, value, problem, fix }: InvalidValue): Issue {
  const place = [option, ...at].join(', ');
  return { option: place, problem: value === undefined ? problem : `${shown(value)} ${problem}`, fix };
}

const lineOf = ({ option, problem, fix }: Issue): string => `${option}: ${problem}; ${fix}`;

/** Everything that is wrong with the options of a build, in one error. */
export class ConfigError extends BuildError {
  override name = 'ConfigError';
  constructor(readonly issues: readonly Issue[]) {
    const count = issues.length === 1 ? 'One option is' : `${issues.length} options are`;
    super([`${count} not right:`, ...issues.map((issue) => `  ${lineOf(issue)}`)].join('\n'));
  }
}
