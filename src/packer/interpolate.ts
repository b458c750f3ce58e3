import type { TemplateFunction } from '../template/functions.js';
import { parse, TemplateError, type Term } from '../template/parse.js';

/** What the expressions of a template can use while it is read. */
export interface Scope {
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  /** Functions that are not supported, with the alternative. */
  readonly refused: Readonly<Record<string, string>>;
}

/**
 * Replaces each expression of a text by its value. An expression that uses data of the build (`.SourceOMI`)
 * stays, with everything else in it replaced by its value.
 * @param isRendered whether the build renders the text later, so that data can stay
 * @throws TemplateError for an invalid expression, an undefined function, or data that is not available
 */
export function interpolate(text: string, scope: Scope, isRendered: boolean): string {
  if (!text.includes('{{')) return text;
  return parse(text)
    .map((part) => {
      if ('text' in part) return part.text;
      if (!usesData(part.call)) return literal(String(evaluate(part.call, scope)), isRendered);
      if (isRendered) return `{{${written(part.call, scope)}}}`;
      throw new TemplateError(`uses ${dataOf(part.call)}, which is not available here`);
    })
    .join('');
}

const usesData = (term: Term): boolean => dataOf(term) !== undefined;

/** The first data of the build that a term uses: `.SourceOMI`. */
function dataOf(term: Term): string | undefined {
  if (term.kind === 'data') return `.${term.path.join('.')}`;
  if (term.kind !== 'call') return undefined;
  return term.args.map(dataOf).find((one) => one !== undefined);
}

function evaluate(term: Term, scope: Scope): string | number {
  if (term.kind === 'text') return term.text;
  if (term.kind === 'number') return term.number;
  if (term.kind === 'data')
    throw new TemplateError(`uses .${term.path.join('.')}, which is not available here`);
  const { name, args } = term;
  requireFunction(name, scope);
  return scope.functions[name]?.(...args.map((one) => evaluate(one, scope))) ?? '';
}

function requireFunction(name: string, { functions, refused }: Scope): void {
  if (Object.hasOwn(refused, name)) throw new TemplateError(`calls ${name}: ${refused[name]}`);
  if (!Object.hasOwn(functions, name)) throw new TemplateError(`calls ${name}, which is not defined`);
}

/** A term in the syntax of templates, with the values of all parts that need no data. */
function written(term: Term, scope: Scope): string {
  if (term.kind === 'data') return `.${term.path.join('.')}`;
  if (!usesData(term)) {
    const value = evaluate(term, scope);
    return typeof value === 'number' ? String(value) : quoted(value);
  }
  if (term.kind !== 'call') return '';
  requireFunction(term.name, scope);
  const args = term.args.map((one) =>
    one.kind === 'call' && usesData(one) ? `(${written(one, scope)})` : written(one, scope),
  );
  return [term.name, ...args].join(' ');
}

const quoted = (text: string): string =>
  `"${text.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')}"`;

/** A value in a text that is rendered later: braces in it are not an expression. */
const literal = (value: string, isRendered: boolean): string =>
  isRendered && value.includes('{') ? `{{${quoted(value)}}}` : value;
