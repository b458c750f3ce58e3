import { TemplateError } from '../template/parse.js';
import { type Setting, variableScope } from './functions.js';
import { interpolate } from './interpolate.js';
import type { Findings, Template } from './template.js';

/**
 * The values of the variables of a template: what was given, else the default. A value may use other
 * variables and the environment. A value for a variable that the template does not declare is ignored.
 */
export function valuesOf(
  { variables }: Pick<Template, 'variables'>,
  given: ReadonlyMap<string, string>,
  setting: Setting,
  findings: Findings,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const active = new Set<string>();
  const at = (name: string) => ['variables', name];

  const value = (name: string): string => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const text = given.get(name) ?? variables.get(name);
    if (text === undefined || text === null) return '';
    if (active.has(name)) throw new TemplateError('uses itself');
    active.add(name);
    const found = interpolate(
      text,
      variableScope(setting, (other) => value(String(other))),
      false,
    );
    active.delete(name);
    values.set(name, found);
    return found;
  };

  for (const [name, initial] of variables) {
    if (initial === null && !given.has(name)) {
      findings.problem(
        at(name),
        'has no value',
        'set it in the input variables, or in a file of variable-files',
      );
      continue;
    }
    try {
      value(name);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      active.clear();
      findings.problem(at(name), error.message, 'correct the template');
    }
  }
  for (const name of given.keys())
    if (!variables.has(name))
      findings.notice(['variables'], `${name} is ignored: the template does not declare it`);
  return values;
}
