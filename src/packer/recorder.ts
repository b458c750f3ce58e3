import type { TemplateFunction } from '../template/functions.js';

/** Functions of templates whose results differ from build to build. */
const varying = ['timestamp', 'isotime', 'uuid'];

/** An expression that a template evaluated. */
interface Recorded {
  /** Without its braces: `isotime "2006"`. */
  readonly expression: string;
  /** The call of `uuid` that it contains: each has its own value. */
  readonly unique: string | undefined;
}

/**
 * Records which expression each result comes from that is different in another build, so that a text with the
 * result can be changed back to a text with the expression.
 */
export class CallRecorder {
  readonly #calls = new Map<string, Recorded>();

  /** The functions of a template, with their calls recorded. */
  wrap = (
    functions: Readonly<Record<string, TemplateFunction>>,
  ): Readonly<Record<string, TemplateFunction>> =>
    Object.fromEntries(
      Object.entries(functions).map(([name, call]): [string, TemplateFunction] => [
        name,
        (...args) => {
          const result = call(...args);
          this.#record(name, args, result);
          return result;
        },
      ]),
    );

  /**
   * Changes the results in a text back to the expressions that they come from.
   * @param all all texts of the template, where a value of `uuid` may occur once only
   * @returns undefined if the text has no such result
   */
  restore(text: string, all: readonly string[]): string | undefined {
    const results = [...this.#calls.keys()]
      .filter((result) => text.includes(result))
      .toSorted((one, other) => other.length - one.length);
    if (results.length === 0 || results.some((result) => this.#isRepeated(result, all))) return undefined;
    const any = new RegExp(results.map((result) => result.replaceAll(/[^\w\s]/g, '\\$&')).join('|'), 'g');
    return text.replaceAll(any, (result) => `{{${this.#calls.get(result)?.expression}}}`);
  }

  #record(name: string, args: readonly unknown[], result: string): void {
    if (result === '' || this.#calls.has(result)) return;
    const known = args.map((one) => (typeof one === 'string' ? this.#calls.get(one) : undefined));
    if (!varying.includes(name) && known.every((one) => one === undefined)) return;
    const terms = args.map((one, index) => {
      const inner = known[index]?.expression;
      return inner === undefined ? JSON.stringify(one) : `(${inner})`;
    });
    const unique = name === 'uuid' ? result : known.find((one) => one?.unique !== undefined)?.unique;
    this.#calls.set(result, { expression: [name, ...terms].join(' '), unique });
  }

  /** Whether the same value of `uuid` occurs several times. Expressions would have different values. */
  #isRepeated(result: string, all: readonly string[]): boolean {
    const { unique } = this.#calls.get(result) ?? {};
    if (unique === undefined) return false;
    const same = [...this.#calls].filter(([, one]) => one.unique === unique).map(([one]) => one);
    const text = all.join('\n');
    return same.reduce((count, one) => count + text.split(one).length - 1, 0) > 1;
  }
}
