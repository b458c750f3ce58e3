import type { Block, Findings, Path, Template, Value } from '../template.js';
import { type BuildSource, buildSources } from './blocks/builds.js';
import { type DataSource, declaredData, type FoundImage, requestOf, valueOfData } from './blocks/data.js';
import { type GivenValues, type TextFile, variableValues } from './blocks/inputs.js';
import { declaredLocals, lazyNamespace, localNamespace } from './blocks/locals.js';
import { Mistakes } from './blocks/mistakes.js';
import { postProcessorsOf, provisionersOf } from './blocks/provisioners.js';
import { nameOfBlock, readRoot } from './blocks/root.js';
import { selectSource } from './blocks/select.js';
import { valuesOf } from './blocks/values.js';
import { declaredVariables } from './blocks/variables.js';
import { Budget } from './evaluate/budget.js';
import { namespaceOf, type Scope, type Setting } from './evaluate/scope.js';
import { loadParser } from './parser/load.js';
import { parseFile } from './parser/parse.js';
import { neutral, textsIn } from './values/neutral.js';
import { type Hcl, Unknown } from './values/value.js';

export type { DataSource, FoundImage } from './blocks/data.js';
export type { TextFile } from './blocks/inputs.js';
export type { TemplateFiles } from './evaluate/files.js';

/** What a template in HCL2 is read with. */
export interface HclInputs extends Omit<Setting, 'budget' | 'loaded' | 'notice'> {
  readonly given: GivenValues;
  /** The source to build, where the template has several. */
  readonly builder: string | undefined;
  /** The builder types that this program replaces. */
  readonly types: readonly string[];
  /** The OMIs that data sources have found, by their names. */
  readonly images: ReadonlyMap<string, FoundImage>;
}

/** A template in HCL2 in the form that all templates share. */
export interface HclTemplate {
  /** It has the one builder to run; its variables are replaced by their values. */
  readonly template: Template;
  readonly position: (path: Path) => string;
  /** Texts of sensitive variables and locals, by name. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Data sources that have to be read. */
  readonly data: readonly DataSource[];
}

/**
 * Reads a template in HCL2. Its mistakes are in `findings`.
 * @param directory of the template, as the user wrote it
 */
export async function readHcl(
  files: readonly TextFile[],
  directory: string,
  inputs: HclInputs,
  findings: Findings,
): Promise<HclTemplate> {
  const mistakes = new Mistakes(findings, files[0]?.path ?? directory);
  const loaded = await loadParser();
  const bodies = files.flatMap(({ path, text }) => {
    const start = { file: path, line: 1, column: 1 };
    return mistakes.attempt([], start, () => parseFile(loaded, text, path)) ?? [];
  });
  const empty: Template = {
    variables: new Map(),
    sensitive: [],
    builders: [],
    provisioners: [],
    postProcessors: [],
    directory,
  };
  const position = (path: Path): string => mistakes.position(path);
  if (findings.problems.length > 0) return { template: empty, position, secrets: new Map(), data: [] };
  const notice = (line: string): void => findings.notice(['template'], line);
  const setting: Setting = { ...inputs, budget: new Budget(), loaded, notice };
  const root = readRoot(bodies, mistakes);
  const none: Scope = { setting, namespaces: new Map(), locals: new Map(), refused: new Map() };
  const literal: Scope = {
    ...none,
    refused: new Map([['env', 'it is available only in the default of a variable']]),
  };

  const variables = declaredVariables(root, none, mistakes);
  const values = variableValues(variables, inputs.given, literal, mistakes);
  const locals = declaredLocals(root, literal, mistakes);
  const declared = declaredData(root, mistakes);
  const data = new Map<string, DataSource>();
  const scope: Scope = {
    ...literal,
    namespaces: new Map([
      ['var', namespaceOf(values)],
      ['local', localNamespace(locals, () => scope, mistakes)],
      [
        'data',
        lazyNamespace(
          'data',
          declared,
          (one) => {
            const image = inputs.images.get(one.name);
            const request = image === undefined ? requestOf(one, scope) : undefined;
            if (request !== undefined) data.set(one.name, request);
            return valueOfData(image);
          },
          mistakes,
        ),
      ],
      [
        'path',
        namespaceOf(
          new Map([
            ['root', directory],
            ['cwd', inputs.workspace],
          ]),
        ),
      ],
    ]),
  };
  const [first] = root.builds;
  if (first === undefined) findings.problem(['build'], 'is missing', 'write a build block');
  const everything = mistakes.attempt(
    [],
    first?.at ?? { file: files[0]?.path ?? directory, line: 1, column: 1 },
    () => {
      for (const name of ['data', 'local']) {
        const namespace = scope.namespaces.get(name);
        for (const one of namespace?.names() ?? []) namespace?.get(one);
      }
      const secret = [...variables.values()].flatMap(({ name, isSensitive }) =>
        isSensitive ? named(name, values.get(name) ?? null) : [],
      );
      const secretLocals = [...locals.values()].flatMap(({ name, isSensitive }) =>
        isSensitive ? named(name, scope.namespaces.get('local')?.get(name) ?? null) : [],
      );
      const sources = buildSources(root, scope, mistakes);
      const one = first && selectSource(sources, inputs.builder, inputs.types, findings);
      return { secrets: new Map([...secret, ...secretLocals]), parts: one && partsOf(one, scope, mistakes) };
    },
  );
  return {
    template: { ...empty, ...everything?.parts },
    position,
    secrets: everything?.secrets ?? new Map(),
    data: [...data.values()],
  };
}

/** The texts of a secret value; those of a list have a number. */
const named = (name: string, value: Hcl): [string, string][] =>
  textsIn(value).map((text, index) => [index === 0 ? name : `${name}_${index + 1}`, text]);

/** The builder, provisioners and post-processors of one source. */
function partsOf(
  one: BuildSource,
  outer: Scope,
  mistakes: Mistakes,
): Pick<Template, 'builders' | 'provisioners' | 'postProcessors'> {
  const scope: Scope = {
    ...outer,
    namespaces: new Map([
      ...outer.namespaces,
      [
        'source',
        namespaceOf(
          new Map([
            ['name', one.name],
            ['type', one.type],
          ]),
        ),
      ],
      ['build', namespaceOf(new Map([['name', one.buildName]]))],
    ]),
  };
  const at = [nameOfBlock(one.source)];
  mistakes.remember(at, one.source.at);
  const own = valuesOf(one.source.body, scope, at, mistakes);
  const more = one.completion ? valuesOf(one.completion.body, scope, at, mistakes) : new Map<string, Hcl>();
  more.delete('name');
  const values = [...own, ...more]
    // The whole of an unknown map or list has no example; the option is read when it is known.
    .filter(([, value]) => !(value instanceof Unknown && value.type === 'any'))
    .map(([key, value]): [string, Value] => [key, neutral(value)]);
  const builder: Block = { type: one.type, name: one.sourceName, values: new Map(values), at };
  return {
    builders: [builder],
    provisioners: provisionersOf(one, scope, mistakes),
    postProcessors: postProcessorsOf(one, scope, mistakes),
  };
}
