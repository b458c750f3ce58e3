import type { DataSource, TextFile } from '../../packer/hcl/read.js';
import { readJson } from '../../packer/json.js';
import type { PackerManifest } from '../../packer/post-processors.js';
import { Findings, type Value } from '../../packer/template.js';
import { type TemplateInputs, type Translated, translate } from '../../packer/translate.js';
import type { ReadContext } from '../kit/context.js';
import { InvalidValueError, refuse } from '../kit/issues.js';
import { builderTypes, legacyNames } from '../kit/legacy-names.js';
import { allOptions } from '../options/table.js';

/** What a Packer template says besides options. */
export interface TemplateFacts {
  /** The name and type of the builder. */
  readonly name: string;
  readonly type: string;
  readonly manifests: readonly PackerManifest[];
  /** Data sources that have to be read before its options are known. */
  readonly data: readonly DataSource[];
}

/** The inputs that concern a Packer template. */
export interface GivenToTemplate
  extends Pick<TemplateInputs, 'variables' | 'builder'>,
    Partial<Pick<TemplateInputs, 'startedAt' | 'wrap'>> {
  /** The files of variables of a template in HCL2. Those of a JSON template are in `variables`. */
  readonly files: readonly TextFile[];
}

/** A template as an options file. */
export interface TemplateFile {
  readonly values: ReadonlyMap<string, unknown>;
  readonly location: (path: readonly string[]) => string;
  readonly template: TemplateFacts;
  readonly secrets: ReadonlyMap<string, string>;
}

/** The file that contains a template: its text, its parsed YAML, and the position of a part of it. */
interface Source {
  readonly text: string;
  /** Undefined if the text is inline. */
  readonly path: string | undefined;
  readonly value: ReadonlyMap<string, unknown>;
  readonly location: (path: readonly string[]) => string;
}

const currentNames: ReadonlyMap<string, string> = new Map(Object.entries(legacyNames));

/**
 * Reads a Packer template in JSON as options.
 * @throws InvalidValueError with every problem of the template
 */
export function readTemplate(source: Source, given: GivenToTemplate, context: ReadContext): TemplateFile {
  const { path, value, location } = source;
  const root = withNulls(value, jsonOf(source.text));
  const findings = new Findings();
  const template = readJson(root, directoryOf(path), findings);
  const translated = translate(
    template,
    {
      startedAt: new Date(),
      ...given,
      environment: context.environment,
      workspace: context.workspace ?? '.',
      types: builderTypes,
      isRendered,
    },
    findings,
  );
  return optionsOf(translated, findings, { file: path ?? 'config', location, data: [] }, context);
}

/** Whether the build renders the value of an option of a builder. */
export const isRendered = (option: string): boolean =>
  allOptions[currentNames.get(option) ?? option]?.template !== undefined;

/** Where a translated template comes from. */
interface Origin {
  /** For notices. */
  readonly file: string;
  readonly location: (path: readonly string[]) => string;
  readonly data: readonly DataSource[];
}

/**
 * A translated template as an options file.
 * @throws InvalidValueError with every problem of the template
 */
export function optionsOf(
  translated: Translated | undefined,
  findings: Findings,
  { file, location, data }: Origin,
  context: ReadContext,
): TemplateFile {
  for (const secret of translated?.secrets.values() ?? []) context.mask?.(secret);
  for (const notice of findings.notices) context.notice?.(`${file}: ${notice}`);
  if (translated === undefined || findings.problems.length > 0)
    throw new InvalidValueError(
      findings.problems.map(({ at, problem, fix }) => ({ at: [location(at), ...at], problem, fix })),
    );
  const { values, origin, name, type, manifests, secrets } = translated;
  if (manifests.length > 0 && context.command !== undefined && context.command !== 'build')
    context.notice?.(`${file}: the manifest is ignored: only a whole build writes it`);
  return {
    values,
    location: (at) => location(origin(at)),
    template: { name, type, manifests, data },
    secrets,
  };
}

const directoryOf = (path: string | undefined): string => {
  const slash = path?.lastIndexOf('/') ?? -1;
  return slash < 0 ? '.' : (path ?? '').slice(0, slash) || '/';
};

/** Discards the message of the JSON parser: it quotes the file, which may contain secrets. */
function jsonOf(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch (error) {
    const [, line, column] =
      /line (\d+) column (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
    const where = line === undefined ? '' : ` at line ${line}, column ${column}`;
    return refuse(`is a Packer template, but not valid JSON${where}`, 'correct the syntax');
  }
}

/** The scalars of a text as they are written, with the nulls of the JSON value. */
function withNulls(written: ReadonlyMap<string, unknown>, json: unknown): ReadonlyMap<string, Value> {
  const values = new Map<string, unknown>(Object.entries(json ?? {}));
  return new Map([...written].map(([key, one]) => [key, jsonValue(one, values.get(key))]));
}

function jsonValue(written: unknown, json: unknown): Value {
  if (json === null) return null;
  if (Array.isArray(written))
    return written.map((one: unknown, index) =>
      jsonValue(one, Array.isArray(json) ? json[index] : undefined),
    );
  return written instanceof Map ? withNulls(written, json) : String(written);
}
