import type { ReadContext } from '../kit/context.js';
import { type InvalidValue, InvalidValueError, refuse } from '../kit/issues.js';
import { parseText } from '../kit/yaml.js';
import { running } from '../options/running.js';
import { readText } from './hcl-source.js';
import type { GivenToTemplate } from './packer.js';

/**
 * Reads the inputs that a Packer template uses. Later files override earlier ones; `variables` overrides
 * files.
 * @param text returns the text of an input
 * @param syntax of the template; the files of a template in HCL2 are not parsed here
 * @throws InvalidValueError with every problem, each with the name of its option
 */
export async function readTemplateInputs(
  text: (name: string) => unknown,
  syntax: 'json' | 'hcl',
  context: ReadContext,
): Promise<GivenToTemplate> {
  const invalid: InvalidValue[] = [];
  const read = async <T>(name: string, work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return text(name) === undefined ? undefined : await work();
    } catch (error) {
      if (!(error instanceof InvalidValueError)) throw error;
      invalid.push(...error.invalid.map((one) => ({ ...one, at: [name.replaceAll('_', '-'), ...one.at] })));
      return undefined;
    }
  };
  const variables = await read('variables', () => running.variables.type.read(text('variables')));
  const builder = await read('builder', () => running.builder.type.read(text('builder')));
  const files = await read('variable_files', async () => {
    const paths = await running.variable_files.type.read(text('variable_files'));
    if (syntax === 'hcl') return { hcl: paths.map((path) => readText(path, context)), json: [] };
    return { hcl: [], json: await Promise.all(paths.map(async (path) => await variablesIn(path, context))) };
  });
  if (invalid.length > 0) throw new InvalidValueError(invalid);
  return {
    builder,
    files: files?.hcl ?? [],
    variables: new Map([
      ...(files?.json ?? []).flatMap((file) => [...file]),
      ...Object.entries(variables ?? {}),
    ]),
  };
}

/** The values of a file of variables: a JSON map of texts. */
async function variablesIn(path: string, { readFile }: ReadContext): Promise<ReadonlyMap<string, string>> {
  const text = readFile(path);
  if (text === undefined)
    return refuse('is not a readable file', 'write the path of a JSON file of variables', path);
  if (path.endsWith('.hcl') || path.endsWith('.pkrvars'))
    return refuse('is a file in HCL2, and the template is JSON', 'write it as JSON', path);
  const { value, location } = await parseText(text);
  if (!(value instanceof Map)) return refuse('is not a map of variables', 'write {"NAME": "value"}', path);
  return new Map(
    [...value].map(([name, one]: [unknown, unknown]) =>
      typeof one === 'string'
        ? [String(name), one]
        : refuse(
            `has a value for ${String(name)} that is not text (${location([String(name)])})`,
            'write text',
            path,
          ),
    ),
  );
}
