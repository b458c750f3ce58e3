import { evaluate, namesFor, UndefinedNameError, UnsupportedFunctionError } from './fill.js';
import { ValueError } from './functions.js';
import { parse, TemplateError, type Term } from './parse.js';
import type { TemplateContext, TemplateData } from './types.js';

/** A problem of a template. */
export interface TemplateProblem {
  /** Follows the template: `uses .Devise, which is not defined`. */
  readonly problem: string;
  /** What can be used instead. */
  readonly alternative: string;
  /** The name that is not defined, and the names that are; absent for other problems. */
  readonly unknown?: { readonly name: string; readonly available: readonly string[] };
}

/** Data that are maps; all others are texts. */
const maps = ['SourceOMITags', 'SourceAMITags'];

/**
 * Checks syntax, names and arguments of a template before its data is known, by a rendering with sample
 * values. What depends on the values, such as the number of parts of a `split`, is checked only if the
 * template uses no data.
 * @param names the data that the option has
 */
export function checkTemplate(
  template: string,
  names: readonly string[],
  context: TemplateContext,
): TemplateProblem | undefined {
  const data: TemplateData = Object.fromEntries(names.map((name) => [name, maps.includes(name) ? {} : 'x']));
  try {
    evaluate(template, data, context);
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    if (error instanceof ValueError && usesData(template)) return undefined;
    const problem = error.message;
    if (error instanceof UnsupportedFunctionError) return { problem, alternative: error.alternative };
    const available = namesFor(data, context);
    const alternative = `available: ${available.join(', ')}`;
    return error instanceof UndefinedNameError
      ? { problem, alternative, unknown: { name: error.unknown, available } }
      : { problem, alternative };
  }
}

const usesData = (template: string): boolean =>
  parse(template).some((part) => 'call' in part && containsData(part.call));

const containsData = (term: Term): boolean =>
  term.kind === 'data' || (term.kind === 'call' && term.args.some(containsData));
