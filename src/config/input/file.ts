import type { ReadContext } from '../kit/context.js';
import { refuse } from '../kit/issues.js';
import { parseText } from '../kit/yaml.js';

/** Options that stand in a file, or in a text of that form. */
export interface OptionsFile {
  /** The names as written, each with its value: text, arrays and Maps. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Where a part of an option stands: `build.yml, line 3, column 7`. */
  readonly place: (path: readonly string[]) => string;
}

/** `config` is a path if it cannot be a map of options. */
const isPath = (config: string): boolean => !/[\r\n]|: |^\{/.test(config);

/**
 * Reads what `config` names or holds.
 * @throws Refused when there is no such file, or it is no map of options
 */
export async function readOptionsFile(config: string, context: ReadContext): Promise<OptionsFile> {
  const written = config.replace(/(\r?\n)+$/, '');
  const path = isPath(written) ? written : undefined;
  const text = path === undefined ? written : context.readFile(path);
  if (text === undefined)
    return refuse('is no file that can be read', 'write the path of a YAML or JSON file', path);
  const { value, place } = await parseText(text);
  const values = new Map<string, unknown>();
  if (!(value instanceof Map)) {
    // A file with nothing but comments gives nothing.
    if (value !== null) refuse('is not a map of options', 'write one such as omi_name: an image');
    return { values, place: () => path ?? 'config' };
  }
  for (const [name, one] of value) {
    if (typeof name !== 'string') return refuse('has a key that is no text', 'write names of options');
    values.set(name, one);
  }
  return { values, place: (at) => `${path ?? 'config'}, ${place(at)}` };
}
