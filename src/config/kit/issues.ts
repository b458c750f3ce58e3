import { BuildError } from '../../common/errors.js';

/** One thing that is wrong with a value, said by the type that read it. */
export interface Fault {
  /** Where inside the value: `item 2`, `mode`. */
  readonly at: readonly string[];
  /** The text that is wrong, where showing it helps and gives nothing away. */
  readonly value?: string;
  readonly wrong: string;
  readonly right: string;
}

/** Thrown by a type that cannot read a value; carries everything that is wrong with it. */
export class Refused extends Error {
  override name = 'Refused';
  constructor(readonly faults: readonly Fault[]) {
    super(faults.map((fault) => fault.wrong).join('; '));
  }
}

/** Says what is wrong with a value and what would be right. @throws Refused always */
export function refuse(wrong: string, right: string, value?: string): never {
  throw new Refused([{ at: [], wrong, right, ...(value === undefined ? {} : { value }) }]);
}

/** One line of the list of mistakes; `option` is spelled as the way in spells it. */
export interface Mistake {
  readonly option: string;
  readonly wrong: string;
  readonly right: string;
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** A fault as a line about an option; `option` is spelled as the way in spells it. */
export function mistakeOf(option: string, { at, value, wrong, right }: Fault): Mistake {
  const place = [option, ...at].join(', ');
  return { option: place, wrong: value === undefined ? wrong : `${shown(value)} ${wrong}`, right };
}

const lineOf = ({ option, wrong, right }: Mistake): string => `${option}: ${wrong}; ${right}`;

/** Everything that is wrong with the options of a build, in one error. */
export class ConfigError extends BuildError {
  override name = 'ConfigError';
  constructor(readonly mistakes: readonly Mistake[]) {
    const count = mistakes.length === 1 ? 'One option is' : `${mistakes.length} options are`;
    super([`${count} not right:`, ...mistakes.map((mistake) => `  ${lineOf(mistake)}`)].join('\n'));
  }
}
