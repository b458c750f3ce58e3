import { isTemplate } from '../../packer/json.js';
import type { ReadContext } from '../kit/context.js';
import { refuse } from '../kit/issues.js';
import { parseText } from '../kit/yaml.js';
import { hclSource } from './hcl-source.js';
import { type GivenToTemplate, readTemplate, type TemplateFacts } from './packer.js';

/** The options of a file, or of an inline text in the same format. */
export interface OptionsFile {
  /** The values by the option name as written: text, arrays and Maps. */
  readonly values: ReadonlyMap<string, unknown>;
  /** The position of a part of an option: `build.yml, line 3, column 7`. */
  readonly location: (path: readonly string[]) => string;
  /** What a Packer template says besides options; undefined for a file of options. */
  readonly template?: TemplateFacts;
  /** The values of the sensitive variables of a Packer template, by name. */
  readonly secrets?: ReadonlyMap<string, string>;
}

/** `config` is a path unless it has the form of a map. */
const isPath = (config: string): boolean => !/[\r\n]|: |^\{/.test(config);

/**
 * Reads the file that `config` names, or the options that it contains. A Packer template is read as options.
 * @param given reads the inputs that a template uses
 * @throws InvalidValueError if the file cannot be read, or is not a map of options
 */
export async function readOptionsFile(
  config: string,
  context: ReadContext,
  given: (syntax: 'json' | 'hcl') => Promise<GivenToTemplate>,
): Promise<OptionsFile> {
  const written = config.replace(/(\r?\n)+$/, '');
  const path = isPath(written) ? written : undefined;
  const hcl = hclSource(written, path !== undefined, context);
  if (hcl !== undefined) {
    const { readHclTemplate } = await import(/* webpackChunkName: "hcl" */ './hcl.js');
    return await readHclTemplate(hcl, await given('hcl'), context);
  }
  const text = path === undefined ? written : context.readFile(path);
  if (text === undefined)
    return refuse('is not a readable file', 'write the path of a YAML or JSON file', path);
  const { value, location } = await parseText(text, path);
  const positions = (at: readonly string[]): string => `${path ?? 'config'}, ${location(at)}`;
  if (isTemplate(value))
    return readTemplate({ text, path, value, location: positions }, await given('json'), context);
  const values = new Map<string, unknown>();
  if (!(value instanceof Map)) {
    // A file that has only comments sets no options.
    if (value !== null) refuse('is not a map of options', 'write options such as omi_name: my image');
    return { values, location: () => path ?? 'config' };
  }
  for (const [name, one] of value) {
    if (typeof name !== 'string') return refuse('has a key that is not text', 'write option names as keys');
    values.set(name, one);
  }
  return { values, location: positions };
}
