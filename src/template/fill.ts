import handlebars from 'handlebars';
import { BuildError } from '../common/errors.js';
import { functionsFor, refusedFunctions } from './functions.js';
import { parse, TemplateError, type Term } from './parse.js';
import type { TemplateContext, TemplateData } from './types.js';

/** Renders a template that has braces; see `render`. */
export function fill(option: string, template: string, data: TemplateData, context: TemplateContext): string {
  try {
    return evaluate(template, data, {
      ...context,
      notice: (line) => context.notice?.(`${option}: ${line}`),
    });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new BuildError(`${option}: the template ${template} ${error.message}`, {
      hint:
        error instanceof UnsupportedFunctionError
          ? error.alternative
          : `Available: ${namesFor(data, context).join(', ')}.`,
    });
  }
}

/** What a template can use: data with a leading dot, and functions. */
export const namesFor = (data: TemplateData, context: TemplateContext): string[] => [
  ...Object.keys(data).map((name) => `.${name}`),
  ...Object.keys(functionsFor(context)),
];

/** Renders a template. @throws TemplateError for a syntax error or an undefined name */
export function evaluate(template: string, data: TemplateData, context: TemplateContext): string {
  const functions = functionsFor(context);
  const { source, texts } = translate(template, data, functions, (line) => context.notice?.(line));
  const engine = handlebars.create();
  // Handlebars appends an options object as last argument.
  for (const [name, work] of Object.entries(functions))
    engine.registerHelper(name, (...args: unknown[]) => work(...args.slice(0, -1)));
  return engine.compile(source, { noEscape: true, strict: true })({ data, texts });
}

/** An unsupported function, with the supported alternative. */
export class UnsupportedFunctionError extends TemplateError {
  constructor(
    name: string,
    readonly alternative: string,
  ) {
    super(`calls ${name}, which is not supported`);
  }
}

/** A name that is neither data nor a function. */
export class UndefinedNameError extends TemplateError {
  /** @param unknown with a leading dot for data */
  constructor(readonly unknown: string) {
    super(`uses ${unknown}, which is not defined`);
  }
}

/**
 * Translates a template to Handlebars. Literal texts are passed as data, so that Handlebars never interprets
 * them.
 */
function translate(
  template: string,
  data: TemplateData,
  functions: object,
  notice: (line: string) => void,
): { source: string; texts: string[] } {
  const texts: string[] = [];
  const asText = (text: string): string => `texts.[${texts.push(text) - 1}]`;

  function translated(term: Term): string {
    if (term.kind === 'text') return asText(term.text);
    if (term.kind === 'number') return String(term.number);
    if (term.kind === 'data') return field(term.path);
    const { name, args } = term;
    if (Object.hasOwn(refusedFunctions, name))
      throw new UnsupportedFunctionError(name, refusedFunctions[name] ?? '');
    if (!Object.hasOwn(functions, name)) throw new UndefinedNameError(name);
    return `(${[name, ...args.map(translated)].join(' ')})`;
  }

  function field([first = '', key, ...rest]: readonly string[]): string {
    const value = Object.hasOwn(data, first) ? data[first] : undefined;
    if (value === undefined) throw new UndefinedNameError(`.${first}`);
    if (key === undefined) return `data.[${first}]`;
    if (typeof value === 'string' || rest.length > 0)
      throw new UndefinedNameError(`.${[first, key, ...rest].join('.')}`);
    if (Object.hasOwn(value, key)) return asText(value[key] ?? '');
    notice(`.${first} has no key ${key}: its value is empty`);
    return asText('');
  }

  const whole = (term: Term): string => {
    if (term.kind === 'data' && term.path.length === 1 && typeof data[term.path[0] ?? ''] === 'object')
      throw new TemplateError(`uses .${term.path[0]}, which is a map: use one of its keys`);
    return translated(term).replace(/^\((.*)\)$/s, '$1');
  };
  const source = parse(template)
    .map((part) => `{{${'text' in part ? asText(part.text) : whole(part.call)}}}`)
    .join('');
  return { source, texts };
}
