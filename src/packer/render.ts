import { TemplateError } from '../template/parse.js';
import { interpolate, type Scope } from './interpolate.js';
import { type Findings, isList, type Path, type Value } from './template.js';

/**
 * Replaces the expressions in all texts of a value.
 * @param isRendered whether the build renders it later, so that data of the build can stay
 */
export type Render = (value: Value, at: Path, isRendered: boolean) => Value;

/** A `Render` that reports invalid expressions as problems and keeps their text. */
export function renderer(scope: Scope, findings: Findings): Render {
  const render: Render = (value, at, isRendered) => {
    if (value === null) return null;
    if (typeof value === 'string') {
      try {
        return interpolate(value, scope, isRendered);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        findings.problem(
          at,
          `the expression in ${JSON.stringify(value)} ${error.message}`,
          'correct the template',
        );
        return value;
      }
    }
    if (isList(value))
      return value.map((one, index) => render(one, [...at, `item ${index + 1}`], isRendered));
    return new Map(
      [...value].map(([key, one]: [string, Value]) => [key, render(one, [...at, key], isRendered)] as const),
    );
  };
  return render;
}
