import { blockScope, type Setting } from './functions.js';
import { manifestsOf, type PackerManifest } from './post-processors.js';
import { stepsOf } from './provisioners.js';
import { renderer } from './render.js';
import { nameOf, selectBuilder } from './select.js';
import type { Findings, Path, Template, Value } from './template.js';
import { valuesOf } from './variables.js';

/** What a template is read with. */
export interface TemplateInputs extends Omit<Setting, 'notice' | 'directory'> {
  /** Values of variables. */
  readonly variables: ReadonlyMap<string, string>;
  /** The builder to run, where the template has several. */
  readonly builder: string | undefined;
  /** The builder types that this program replaces. */
  readonly types: readonly string[];
  /** Whether the build renders the value of an option. */
  readonly isRendered: (option: string) => boolean;
}

/** A template as options of a build. */
export interface Translated {
  readonly values: ReadonlyMap<string, unknown>;
  /** The part of the template that a part of an option comes from. */
  readonly origin: (option: Path) => Path;
  readonly name: string;
  readonly type: string;
  readonly manifests: readonly PackerManifest[];
  /** The values of the sensitive variables, by name. */
  readonly secrets: ReadonlyMap<string, string>;
}

/**
 * Translates a template to the options of a build.
 * @returns undefined if the template has no builder to run; findings has the reason
 */
export function translate(
  template: Template,
  inputs: TemplateInputs,
  findings: Findings,
): Translated | undefined {
  const notice = (line: string): void => findings.notice(['template'], line);
  const setting = { ...inputs, directory: template.directory, notice };
  const variables = valuesOf(template, inputs.variables, setting, findings);
  const secrets = new Map(
    template.sensitive.flatMap((name) => {
      const value = variables.get(name);
      return value ? [[name, value] as const] : [];
    }),
  );
  const builder = selectBuilder(template, inputs.builder, inputs.types, findings);
  if (builder === undefined) return undefined;
  const name = nameOf(builder);
  const render = renderer(blockScope(setting, { name, type: builder.type }, variables), findings);
  const steps = stepsOf(template.provisioners, builder, render, findings);
  const options = [...builder.values]
    .filter(([key]) => !key.startsWith('_'))
    .map(([key, value]): [string, Value] => [
      key,
      render(value, [...builder.at, key], inputs.isRendered(key)),
    ]);
  return {
    values: new Map<string, unknown>([
      ...options,
      ...(steps.length === 0 ? [] : [['provisioners', steps.map(({ step }) => step)] as const]),
    ]),
    origin: ([option = '', item = '', ...rest]) => {
      if (option !== 'provisioners')
        return [...builder.at, ...(option === '' ? [] : [option, item, ...rest].filter(Boolean))];
      return steps[Number(/^item (\d+)$/.exec(item)?.[1]) - 1]?.at ?? ['provisioners'];
    },
    name,
    type: builder.type,
    manifests: manifestsOf(template.postProcessors, name, render, findings),
    secrets,
  };
}
