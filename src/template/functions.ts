import { randomUUID } from 'node:crypto';
import { goTime } from './go-time.js';
import { TemplateFault } from './parse.js';
import type { TemplateContext } from './types.js';

type Value = unknown;
/** A function of templates. */
export type TemplateFunction = (...args: readonly Value[]) => string;

const text = (value: Value): string => {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new TemplateFault('gives a function a map, or too little, where it wants text');
};

/** What an OMI cannot have in its name becomes a hyphen. */
const clean = (value: Value): string => text(value).replaceAll(/[^\w ()/.-]/g, '-');

/** `replace OLD NEW TEXT`, with a count before the text if not all are meant. */
function replace(...args: readonly Value[]): string {
  const [from, to] = args.slice(0, 2).map(text);
  const [subject, count] = args.length === 4 ? [text(args[3]), Number(text(args[2]))] : [text(args[2]), -1];
  let left = count < 0 ? Number.POSITIVE_INFINITY : count;
  return subject.replaceAll(from ?? '', (found) => (left-- > 0 ? (to ?? '') : found));
}

/** `split TEXT SEPARATOR NUMBER`: the piece with that number, from 0. A piped text comes last. */
function split(...args: readonly Value[]): string {
  const [subject, separator, number] = typeof args[1] === 'number' ? [args[2], args[0], args[1]] : args;
  const piece = text(subject).split(text(separator))[Number(text(number))];
  if (piece === undefined)
    throw new TemplateFault(`splits ${text(subject)} into fewer pieces than it asks for`);
  return piece;
}

/** The functions that a template can call, by name. */
export const functionsFor = ({
  startedAt,
  environment = process.env,
  notice,
}: TemplateContext): Readonly<Record<string, TemplateFunction>> => ({
  timestamp: () => String(Math.floor(startedAt.getTime() / 1000)),
  isotime: (layout = '2006-01-02T15:04:05Z07:00') => goTime(startedAt, text(layout)),
  uuid: () => randomUUID(),
  env: (name) => {
    const value = environment[text(name)];
    if (value === undefined) notice?.(`the environment has no ${text(name)}: it is empty`);
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
      throw new TemplateFault('looks something up in what is no map');
    const value = new Map<string, unknown>(Object.entries(map)).get(name);
    if (value === undefined) notice?.(`there is no ${name}: it is empty`);
    return value === undefined ? '' : text(value);
  },
});

/** Functions that other builders have, and how the same is done here. */
export const refusedFunctions: Readonly<Record<string, string>> = {
  user: 'Write an expression of the workflow there, such as inputs.NAME or vars.NAME, or {{env `NAME`}}.',
  build_name: 'Write the name out, or an expression of the workflow such as matrix.NAME.',
  template_dir: 'Relative paths begin at the workspace: leave it out.',
};
