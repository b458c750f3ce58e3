import type { TextFile } from '../../packer/hcl/read.js';
import type { ReadContext } from '../kit/context.js';
import { refuse } from '../kit/issues.js';
import type { HclSource } from './hcl.js';

/** The largest file of a template or of values, in bytes. */
const largest = 1_000_000;

/** Whether an inline text is a template in HCL2. */
const isInline = (text: string): boolean =>
  /^(packer|source|build|variable|locals|data)\b[^\n:]*\{\s*$/m.test(text) && !text.startsWith('{');

/**
 * The files of the template in HCL2 that `config` names or contains: a file, a folder, or a text; undefined
 * if it is none.
 * @throws InvalidValueError if a file cannot be read
 */
export function hclSource(config: string, isPath: boolean, context: ReadContext): HclSource | undefined {
  if (!isPath)
    return isInline(config)
      ? { files: [{ path: 'config', text: config }], automatic: [], directory: '.' }
      : undefined;
  if (config.endsWith('.pkr.json')) return refuseJson(config);
  if (config.endsWith('.hcl'))
    return { files: [readText(config, context)], automatic: [], directory: directoryOf(config) };
  const names = context.folders?.names(config);
  if (names === undefined) return undefined;
  const folder = config.replace(/(?<=.)\/+$/, '');
  const at = (name: string): string => (folder === '.' ? name : `${folder}/${name}`);
  const ending = (pattern: RegExp): TextFile[] =>
    names
      .filter((name) => pattern.test(name))
      .toSorted()
      .map((name) => readText(at(name), context));
  const [json] = names.filter((name) => name.endsWith('.pkr.json'));
  if (json !== undefined) return refuseJson(at(json));
  const files = ending(/\.pkr\.hcl$/);
  if (files.length === 0)
    return refuse('is a folder without templates', 'write a file, or a folder of *.pkr.hcl', config);
  const automatic = [...ending(/\.auto\.pkrvars\.hcl$/), ...ending(/\.auto\.pkrvars\.json$/)];
  return { files, automatic, directory: folder };
}

const refuseJson = (path: string): never =>
  refuse("is a template in HCL's JSON syntax, which is not supported", 'write it in HCL2', path);

const directoryOf = (path: string): string => {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash) || '/';
};

/** Reads a file of a template. @throws InvalidValueError if it cannot be read, or is too large */
export function readText(path: string, { folders, readFile }: ReadContext): TextFile {
  if ((folders?.size(path) ?? 0) > largest)
    return refuse(
      `has more than ${largest} bytes`,
      'put large texts into files that a provisioner copies',
      path,
    );
  const text = readFile(path);
  return text === undefined
    ? refuse('is not a readable file', 'check the path and its permissions', path)
    : { path, text };
}
