import handlebars from 'handlebars';
import { BuildError } from '../common/errors.js';
import { functionsFor, refusedFunctions } from './functions.js';
import { parse, TemplateError, type Term } from './parse.js';
import type { TemplateContext, TemplateData } from './types.js';

/** Renders a template that has braces; see `render`. */
export function fill(option: string, template: string, data: TemplateData, context: TemplateContext): string {
  const notice = (line: string): void => context.notice?.(`${option}: ${line}`);
  const functions = functionsFor({ ...context, notice });
  const names = [...Object.keys(data).map((name) => `.${name}`), ...Object.keys(functions)];
  try {
    const { source, texts } = translate(template, data, functions, notice);
    const engine = handlebars.create();
    // Handlebars appends an options object as last argument.
    for (const [name, work] of Object.entries(functions))
      engine.registerHelper(name, (...args: unknown[]) => work(...args.slice(0, -1)));
    return engine.compile(source, { noEscape: true, strict: true })({ data, texts });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new BuildError(`${option}: the template ${template} ${error.message}`, {
      hint: error instanceof UnsupportedFunctionError ? error.alternative : `Available: ${names.join(', ')}.`,
    });
  }
}

/** An unsupported function, with the supported alternative. */
class UnsupportedFunctionError extends TemplateError {
  constructor(
    name: string,
    readonly alternative: string,
  ) {
    super(`calls ${name}, which is not supported`);
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
    if (!Object.hasOwn(functions, name)) throw new TemplateError(`uses ${name}, which is not defined`);
    return `(${[name, ...args.map(translated)].join(' ')})`;
  }

  function field([first = '', key, ...rest]: readonly string[]): string {
    const value = Object.hasOwn(data, first) ? data[first] : undefined;
    if (value === undefined) throw new TemplateError(`uses .${first}, which is not defined`);
    if (key === undefined) return `data.[${first}]`;
    if (typeof value === 'string' || rest.length > 0)
      throw new TemplateError(`uses .${[first, key, ...rest].join('.')}, which is not defined`);
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
