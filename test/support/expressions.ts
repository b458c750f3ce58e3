/** The contexts of a workflow, such as `github`, `secrets` and `steps`. */
export type Values = Readonly<Record<string, unknown>>;

function lookUp(path: string, values: Values): unknown {
  if (!/^[\w-]+(\.[\w-]+)+$/.test(path)) throw new Error(`$\{{ ${path} }} is not a name`);
  return path.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null) throw new Error(`$\{{ ${path} }} does not exist`);
    return Object.entries(value).find(([key]) => key === name)?.[1];
  }, values);
}

function evaluateOne(expression: string, values: Values): unknown {
  const [, path, rest] = /^fromJSON\((.+)\)((?:\.[\w-]+)+)$/.exec(expression) ?? [];
  if (path === undefined) return lookUp(expression, values);
  return lookUp(`json${rest}`, { json: JSON.parse(String(lookUp(path, values))) });
}

/**
 * A text of a workflow with its expressions replaced, as the runner does. It knows names and fromJSON, no
 * operators and other functions. An entry that a matrix lacks is empty.
 * @throws Error for any other name without a value
 */
export const evaluate = (text: string, values: Values): string =>
  text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (_, path: string) => {
    const value = evaluateOne(path, values);
    if (value === undefined && path.startsWith('matrix.')) return '';
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new Error(`$\{{ ${path} }} has no value`);
    return String(value);
  });
