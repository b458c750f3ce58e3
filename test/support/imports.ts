import { posix } from 'node:path';
import ts from 'typescript';

/** Sources by their path below src, without the ending: `host/exec`. */
export type Sources = ReadonlyMap<string, string>;

/**
 * `type` imports are gone when the program runs, `start` ones run with their importer, `demand` ones when
 * asked for.
 */
export interface Import {
  readonly of: string;
  readonly kind: 'type' | 'start' | 'demand';
}

const options = {
  verbatimModuleSyntax: true,
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
};

const mentioned = (text: string): string[] =>
  ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);

/** Everything a file imports: files of ours as their keys in `Sources`, packages as they are written. */
export function importsOf(name: string, text: string): Import[] {
  const script = ts.transpileModule(text, { compilerOptions: options }).outputText;
  const values = new Set(mentioned(script));
  const atStart = new Set(
    ts
      .createSourceFile('file.js', script, ts.ScriptTarget.ES2022)
      .statements.filter((one) => ts.isImportDeclaration(one) || ts.isExportDeclaration(one))
      .map(({ moduleSpecifier }) => moduleSpecifier)
      .filter((one) => one !== undefined)
      .filter((one) => ts.isStringLiteral(one))
      .map((one) => one.text),
  );
  return [...new Set(mentioned(text))].map((path) => ({
    of: path.startsWith('.') ? posix.join(posix.dirname(name), path).replace(/\.js$/, '') : path,
    kind: atStart.has(path) ? 'start' : values.has(path) ? 'demand' : 'type',
  }));
}

/** All that runs when a file is imported, by what it imports at the start and what that does in turn. */
export function loadedBy(sources: Sources, entry: string): Set<string> {
  const loaded = new Set<string>();
  const load = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    const imports = importsOf(name, sources.get(name) ?? '');
    for (const { of, kind } of imports) if (kind === 'start') load(of);
  };
  load(entry);
  return loaded;
}
