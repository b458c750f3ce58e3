import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';

/**
 * The programs of the parser and of the grammar. They lie beside the bundle, or in the packages they are
 * from.
 */
const programs = {
  parser: ['web-tree-sitter.wasm', 'web-tree-sitter'],
  grammar: ['tree-sitter-hcl.wasm', '@tree-sitter-grammars/tree-sitter-hcl'],
} as const;

function read([file, packageName]: readonly [string, string]): Buffer {
  const folder = dirname(fileURLToPath(import.meta.url));
  const beside = join(folder, file);
  return readFileSync(
    existsSync(beside) ? beside : join(folder, '../../../../node_modules', packageName, file),
  );
}

/** A parser with its grammar. */
export interface Loaded {
  readonly parser: Parser;
  readonly language: Language;
}

let loaded: Promise<Loaded> | undefined;

/** Loads the parser, once. */
export async function loadParser(): Promise<Loaded> {
  loaded ??= load();
  return await loaded;
}

async function load(): Promise<Loaded> {
  await Parser.init({ wasmBinary: read(programs.parser) });
  const language = await Language.load(read(programs.grammar));
  const parser = new Parser();
  parser.setLanguage(language);
  return { parser, language };
}
