import { posix } from 'node:path';
import ts from 'typescript';

/** Sources by their path below src, without the ending: `host/exec`. */
export type Sources = ReadonlyMap<string, string>;

/** `type` imports are gone when the program runs, `start` ones run with their importer, `demand` ones when asked for. */
export interface Import {
  readonly of: string;
  readonly kind: 'type' | 'start' | 'demand';
}

/** Who may import what of ours: names, or folders as `host/*`. */
export interface Row {
  readonly values: readonly string[];
  readonly types: readonly string[];
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

const fits = (name: string, pattern: string): boolean =>
  pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** What breaks the table, a line each. @param packages the one file or folder that imports each of them. */
export function violations(
  sources: Sources,
  table: Readonly<Record<string, Row>>,
  packages: Readonly<Record<string, string>>,
): string[] {
  const found: string[] = [];
  for (const [name, text] of sources) {
    const rule = Object.entries(table).find(([who]) => fits(name, who))?.[1];
    if (!rule) found.push(`${name} is not in the table`);
    for (const { of, kind } of importsOf(name, text)) {
      if (sources.has(of)) {
        const allowed = [...(rule?.values ?? []), ...(kind === 'type' ? (rule?.types ?? []) : [])];
        if (!allowed.some((one) => fits(of, one))) found.push(`${name} may not import ${of} (${kind})`);
      } else if (of in packages || !of.startsWith('node:')) {
        const folder = packages[of];
        if (folder === undefined || !fits(name, folder)) found.push(`${name} may not import ${of} (${kind})`);
      }
    }
  }
  const idle = Object.keys(table).filter((who) => ![...sources.keys()].some((name) => fits(name, who)));
  return [...found, ...idle.map((who) => `${who} is in the table, but no file`)].toSorted();
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
