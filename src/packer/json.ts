import type { Block, Findings, Path, Template, Value } from './template.js';
import { mapOf, textsOf } from './values.js';

const roots = [
  'builders',
  'variables',
  'sensitive-variables',
  'provisioners',
  'post-processors',
  'error-cleanup-provisioner',
  'description',
  'min_packer_version',
];

/** Whether a JSON object is a Packer template rather than a set of options. */
export const isTemplate = (value: unknown): value is ReadonlyMap<string, unknown> =>
  value instanceof Map && value.has('builders');

/** Reads a template in JSON. @param directory the directory of its file */
export function readJson(root: ReadonlyMap<string, Value>, directory: string, findings: Findings): Template {
  for (const key of root.keys())
    if (!roots.includes(key) && !key.startsWith('_'))
      findings.problem([key], 'is not a key of a Packer template', `the keys are: ${roots.join(', ')}`);
  if (root.has('error-cleanup-provisioner'))
    findings.notice(['error-cleanup-provisioner'], 'is ignored: a failed build deletes its volume');
  const get = (key: string): Value => root.get(key) ?? null;
  return {
    variables: variablesOf(get('variables'), findings),
    sensitive: root.has('sensitive-variables')
      ? textsOf(get('sensitive-variables'), ['sensitive-variables'], findings)
      : [],
    builders: blocksOf(get('builders'), ['builders'], findings),
    provisioners: blocksOf(get('provisioners'), ['provisioners'], findings),
    postProcessors: postProcessorsOf(get('post-processors'), findings),
    directory,
  };
}

function variablesOf(value: Value, findings: Findings): ReadonlyMap<string, string | null> {
  if (value === null) return new Map();
  const required = value instanceof Map ? [...value].filter(([, one]) => one === null) : [];
  const others = value instanceof Map ? new Map([...value].filter(([, one]) => one !== null)) : value;
  return new Map([
    ...required.map(([name]: [string, Value]) => [name, null] as const),
    ...mapOf(others, ['variables'], findings),
  ]);
}

function blocksOf(value: Value, at: Path, findings: Findings): Block[] {
  if (value === null) return [];
  if (!Array.isArray(value)) {
    findings.problem(at, 'is not a list', 'write a list of maps');
    return [];
  }
  return value.flatMap((one: Value, index) => blockOf(one, [...at, `item ${index + 1}`], findings));
}

function blockOf(value: Value, at: Path, findings: Findings): Block[] {
  if (!(value instanceof Map)) {
    findings.problem(at, 'is not a map', 'write a map with a type');
    return [];
  }
  const type: Value = value.get('type') ?? null;
  const name: Value = value.get('name') ?? null;
  if (typeof type !== 'string') {
    findings.problem(at, 'has no type', 'write its type');
    return [];
  }
  const rest = [...value].filter(([key, one]) => key !== 'type' && key !== 'name' && one !== null);
  return [{ type, name: typeof name === 'string' ? name : undefined, values: new Map(rest), at }];
}

/** A post-processor is a map, or only its type; an inner list is a sequence of them. */
function postProcessorsOf(value: Value, findings: Findings): Block[] {
  if (value === null) return [];
  const inList = (one: Value, at: Path): Block[] => {
    if (typeof one === 'string') return [{ type: one, name: undefined, values: new Map(), at }];
    if (!Array.isArray(one)) return blockOf(one, at, findings);
    return one.flatMap((inner: Value, index) => inList(inner, [...at, `item ${index + 1}`]));
  };
  return inList(value, ['post-processors']);
}
