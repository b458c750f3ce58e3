import { type InvalidValue, InvalidValueError } from '../kit/issues.js';
import type { Option } from '../kit/option.js';

/** An expression between braces. */
const template = /\{\{.*?\}\}/s;

/** Functions of Packer that stand for a value of the user. */
const variableOfUser = /\{\{\s*(user|var)\b/;

/**
 * Refuses templates in an option that does not render them: the value would be searched for, or written,
 * literally.
 * @param value as the user wrote it, or as its type has read it
 * @throws InvalidValueError with the position of each template
 */
export function refuseTemplates(
  { template: isTemplate, literal, secret }: Pick<Option<unknown>, 'template' | 'literal' | 'secret'>,
  value: unknown,
): void {
  if (isTemplate !== undefined || literal === true || secret) return;
  const invalid = textsIn(value, literal ?? []).flatMap(({ at, text }): InvalidValue[] => {
    if (!template.test(text)) return [];
    return [
      {
        at,
        value: text,
        problem: 'has a template, but templates are not rendered in this option',
        fix: variableOfUser.test(text)
          ? 'use a workflow expression such as inputs.NAME or vars.NAME'
          : 'write the value itself, or use a workflow expression',
      },
    ];
  });
  if (invalid.length > 0) throw new InvalidValueError(invalid);
}

/** A text inside a value, with its path as `InvalidValue.at`. */
export interface TextAt {
  readonly at: readonly string[];
  readonly text: string;
}

/** All texts of a value of lists and maps. @param without keys whose values are skipped */
export function textsIn(value: unknown, without: readonly string[] = []): TextAt[] {
  if (typeof value === 'string') return [{ at: [], text: value }];
  const below = (key: string, one: unknown): TextAt[] =>
    textsIn(one, without).map(({ at, text }) => ({ at: [key, ...at], text }));
  if (Array.isArray(value)) return value.flatMap((one: unknown, index) => below(`item ${index + 1}`, one));
  if (typeof value !== 'object' || value === null) return [];
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return entries.flatMap(([key, one]: [unknown, unknown]) =>
    without.includes(String(key)) ? [] : below(String(key), one),
  );
}
