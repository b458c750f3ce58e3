import { existsSync, readFileSync } from 'node:fs';

/** A request to the real API and its answer, with synthetic values: see the README beside the recordings. */
export interface Exchange {
  /** `file` and `seq` give the order within one recording. */
  readonly file: string;
  readonly seq: number;
  readonly operation: string;
  readonly status: number;
  readonly request: unknown;
  readonly response: unknown;
}

const path = '../shared/recordings/outscale.jsonl';

/** The recorded exchanges; none where the recordings are not there. */
export const exchanges: readonly Exchange[] = existsSync(path)
  ? readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line): Exchange => JSON.parse(line))
  : [];

export const nameOf = ({ file, seq, operation }: Exchange): string => `${file} ${seq} ${operation}`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text that stands for another one. */
export const isRedacted = (value: unknown): boolean =>
  typeof value === 'string' && /^redacted-\d+$/i.test(value);

/**
 * How an answer differs from a recorded one in fields, JSON types and whether lists are empty. Each entry of
 * a list must be like one of the recorded entries. Of values only `State`, `Code` and `Type` are compared,
 * where they are not redacted.
 */
export function differences(recorded: unknown, answer: unknown, at = ''): string[] {
  if (Array.isArray(recorded) && Array.isArray(answer)) {
    if (recorded.length === 0 || answer.length === 0)
      return recorded.length === answer.length
        ? []
        : [`${at}: ${answer.length} entries, not ${recorded.length}`];
    return answer.flatMap((one, index) => {
      const each = recorded.map((other) => differences(other, one, `${at}[${index}]`));
      return each.sort((a, b) => a.length - b.length)[0] ?? [];
    });
  }
  if (isObject(recorded) && isObject(answer)) {
    const names = new Set([...Object.keys(recorded), ...Object.keys(answer)]);
    return [...names].flatMap((name) => {
      const location = `${at}.${name}`;
      if (!(name in answer)) return [`${location} is missing`];
      if (!(name in recorded)) return [`${location} was not recorded`];
      return differences(recorded[name], answer[name], location);
    });
  }
  const kinds = [recorded, answer].map((value) => (Array.isArray(value) ? 'list' : typeof value));
  if (kinds[0] !== kinds[1]) return [`${at}: ${kinds[1]}, not ${kinds[0]}`];
  const isCompared = /\.(State|Code|Type)$/.test(at) && !isRedacted(recorded);
  return isCompared && recorded !== answer ? [`${at}: ${String(answer)}, not ${String(recorded)}`] : [];
}

/** A value with every text replaced. */
export function replaced(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map((one) => replaced(one, replace));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaced(inner, replace)]));
}

/** The texts at the same place of two values, pairwise. */
export function pairs(
  recorded: unknown,
  answer: unknown,
  at = '',
): { at: string; was: string; is: string }[] {
  if (typeof recorded === 'string' && typeof answer === 'string') return [{ at, was: recorded, is: answer }];
  if (Array.isArray(recorded) && Array.isArray(answer))
    return recorded.flatMap((one, index) => pairs(one, answer[index], at));
  if (!isObject(recorded) || !isObject(answer)) return [];
  return Object.entries(recorded).flatMap(([name, inner]) => pairs(inner, answer[name], name));
}
