import { randomUUID } from 'node:crypto';
import { goTime } from './go-time.js';
import { TemplateError } from './parse.js';
import type { TemplateContext } from './types.js';

type Value = unknown;
/** A function that templates can call. */
export type TemplateFunction = (...args: readonly Value[]) => string;

const text = (value: Value): string => {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new TemplateError('passes a map, or too few arguments, to a function that takes text');
};

/** Replaces each character that an OMI name cannot contain by a hyphen. */
const clean = (value: Value): string => text(value).replaceAll(/[^\w ()/.-]/g, '-');

/** `replace OLD NEW TEXT` replaces all occurrences, `replace OLD NEW COUNT TEXT` only the first COUNT. */
function replace(...args: readonly Value[]): string {
  const [from, to] = args.slice(0, 2).map(text);
  const [subject, count] = args.length === 4 ? [text(args[3]), Number(text(args[2]))] : [text(args[2]), -1];
  let left = count < 0 ? Number.POSITIVE_INFINITY : count;
  return subject.replaceAll(from ?? '', (found) => (left-- > 0 ? (to ?? '') : found));
}

/** A function whose values, not its template, are the reason of an error. */
export class ValueError extends TemplateError {}

/** `split TEXT SEPARATOR INDEX`: the part with that index, from 0. A piped text is the last argument. */
function split(...args: readonly Value[]): string {
  const [subject, separator, index] = typeof args[1] === 'number' ? [args[2], args[0], args[1]] : args;
  const part = text(subject).split(text(separator))[Number(text(index))];
  if (part === undefined)
    throw new ValueError(`splits ${text(subject)} into fewer parts than the index requires`);
  return part;
}

/** The functions that a template can call, by name. */
export const functionsFor = ({
  startedAt,
  uuid,
  environment = process.env,
  notice,
}: TemplateContext): Readonly<Record<string, TemplateFunction>> => ({
  timestamp: () => String(Math.floor(startedAt.getTime() / 1000)),
  isotime: (layout = '2006-01-02T15:04:05Z07:00') => goTime(startedAt, text(layout)),
  uuid: () => uuid ?? randomUUID(),
  env: (name) => {
    const value = environment[text(name)];
    if (value === undefined)
      notice?.(`the environment variable ${text(name)} is not set: its value is empty`);
    return value ?? '';
  },
  clean_resource_name: clean,
  clean_omi_name: clean,
  upper: (value) => text(value).toUpperCase(),
  lower: (value) => text(value).toLowerCase(),
  replace,
  replace_all: replace,
  split,
  index: (map, key) => {
    const name = text(key);
    if (typeof map !== 'object' || map === null)
      throw new TemplateError('calls index on a value that is not a map');
    const value = new Map<string, unknown>(Object.entries(map)).get(name);
    if (value === undefined) notice?.(`the map has no key ${name}: its value is empty`);
    return value === undefined ? '' : text(value);
  },
});

/** Functions of other builders that are not supported, with the alternative. */
export const refusedFunctions: Readonly<Record<string, string>> = {
  user: 'Use a workflow expression such as inputs.NAME or vars.NAME, or use {{env `NAME`}}.',
  build_name: 'Write the name itself, or use a workflow expression such as matrix.NAME.',
  template_dir: 'Remove it: relative paths start at the workspace.',
};
