import { fileSteps } from './file.js';
import { checkKeys, commonKeys } from './keys.js';
import type { Provisioner } from './provisioner.js';
import { insteadOfProvisioner } from './refused.js';
import type { Render } from './render.js';
import { nameOf } from './select.js';
import { shellSteps } from './shell.js';
import { TemplateStep } from './step.js';
import type { Block, Findings, Path, Value } from './template.js';
import { booleanOf, secondsOf, textsOf } from './values.js';

/** A step of the build, and the block of the template that it comes from. */
export interface LocatedStep {
  readonly step: TemplateStep;
  readonly at: Path;
}

/** The provisioning steps of a builder, in order. */
export function stepsOf(
  provisioners: readonly Block[],
  builder: Block,
  render: Render,
  findings: Findings,
): LocatedStep[] {
  return provisioners
    .filter((block) => appliesTo(block, nameOf(builder), findings))
    .flatMap((block) => stepsOfBlock(block, builder, render, findings));
}

/** Whether `only` and `except` select a block for a builder. */
export function appliesTo({ values, at }: Block, builder: string, findings: Findings): boolean {
  const names = (key: string): string[] | undefined => {
    const value = values.get(key);
    return value === undefined ? undefined : textsOf(value, [...at, key], findings);
  };
  return names('only')?.includes(builder) !== false && names('except')?.includes(builder) !== true;
}

function stepsOfBlock(block: Block, builder: Block, render: Render, findings: Findings): LocatedStep[] {
  const { type, at } = block;
  const isKnown = ['shell', 'file', 'sleep', 'breakpoint'].includes(type);
  if (!isKnown) {
    findings.problem(at, `has the type ${type}, which is not supported`, insteadOfProvisioner(type));
    return [];
  }
  const raw = new Map([...block.values, ...overrides(block, nameOf(builder))]);
  const keys = [...raw].filter(([key]) => !commonKeys.includes(key));
  const values = new Map(
    keys.map(
      ([key, value]) =>
        [key, key === 'execute_command' ? value : render(value, [...at, key], false)] as const,
    ),
  );
  const env = { PACKER_BUILD_NAME: nameOf(builder), PACKER_BUILDER_TYPE: builder.type };
  const steps = ofType(type, { values, at, findings, render, env });
  const also = commonFields(raw, at, findings);
  const pause = (key: string): LocatedStep[] => {
    const value = raw.get(key);
    const seconds = value === undefined ? 0 : secondsOf(value, [...at, key], findings);
    return seconds === 0 ? [] : [{ at, step: new TemplateStep([['sleep', `${seconds}s`]]) }];
  };
  return [
    ...pause('pause_before'),
    ...steps.map((step) => ({ at, step: new TemplateStep([...step, ...also]) })),
    ...pause('pause_after'),
  ];
}

function overrides({ values }: Block, builder: string): ReadonlyMap<string, Value> {
  const override = values.get('override');
  const own: Value | undefined = override instanceof Map ? override.get(builder) : undefined;
  return own instanceof Map ? own : new Map();
}

function commonFields(values: ReadonlyMap<string, Value>, at: Path, findings: Findings): [string, Value][] {
  const timeout = values.get('timeout');
  const seconds = timeout === undefined ? 0 : secondsOf(timeout, [...at, 'timeout'], findings);
  const retries = values.get('max_retries');
  return [
    ...(seconds === 0 ? [] : [['timeout', `${seconds}s`] satisfies [string, Value]]),
    ...(retries === undefined ? [] : [['max_retries', retries] satisfies [string, Value]]),
  ];
}

function ofType(type: string, provisioner: Provisioner): TemplateStep[] {
  if (type === 'shell') return shellSteps(provisioner);
  if (type === 'file') return fileSteps(provisioner);
  return type === 'sleep' ? sleepSteps(provisioner) : breakpointSteps(provisioner);
}

function sleepSteps({ values, at, findings }: Provisioner): TemplateStep[] {
  checkKeys(values, ['duration'], at, findings);
  const seconds = secondsOf(values.get('duration') ?? '', [...at, 'duration'], findings);
  return seconds === 0 ? [] : [new TemplateStep([['sleep', `${seconds}s`]])];
}

function breakpointSteps({ values, at, findings }: Provisioner): [] {
  checkKeys(values, ['disable', 'note'], at, findings);
  const disable = values.get('disable');
  if (disable === undefined || !booleanOf(disable, [...at, 'disable'], findings))
    findings.notice(at, 'the breakpoint is ignored: a build is not interactive');
  return [];
}
