import type { PackerManifest } from '../../packer/post-processors.js';
import { TemplateStep } from '../../packer/step.js';
import { ignoredNames, legacyNames } from '../kit/legacy-names.js';
import { currentValue } from '../kit/legacy-values.js';
import type { Remark } from './remark.js';

/** Options of a build, and what of a template they cannot say. */
export interface NativeOptions {
  /** By their current names. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly remarks: readonly Remark[];
}

/** Fields of a step that only a template can set, with the remark about a value, if there is one. */
const templateOnly: Readonly<Record<string, (value: string) => string | undefined>> = {
  execute_command: (value) => `execute_command: ${value}`,
  binary: (value) =>
    value === 'true'
      ? 'binary: a script with Windows line ends is converted, and a program is refused'
      : undefined,
};

/**
 * Names the values of a template as options, and its provisioners as items of `provisioners`.
 * @param remarks about values of the template
 */
export function nativeOptions(
  values: ReadonlyMap<string, unknown>,
  manifests: readonly PackerManifest[],
  remarks: readonly Remark[],
): NativeOptions {
  const steps: unknown = values.get('provisioners') ?? [];
  const { items, indexes, remarks: ofSteps } = itemsOf(Array.isArray(steps) ? steps : []);
  const { env, rest } = commonEnvironment(items);
  const options = [...values]
    .filter(([name, value]) => name !== 'provisioners' && !Object.hasOwn(ignoredNames, name) && isSet(value))
    .map(([name, value]) => [legacyNames[name] ?? name, currentValue(name, value)] as const);
  // Commands on the VM see the option `env`, but not the variables of a provisioner.
  const isSeparate = env.size === 0 || withEnvironment.some((name) => values.has(name));
  const provisioners = isSeparate ? items : rest;
  const moved = ({ at: [option = '', index, ...below], text }: Remark): Remark => ({
    at:
      option === 'provisioners' && typeof index === 'number'
        ? [option, indexes[index] ?? 0, ...below]
        : [legacyNames[option] ?? option, ...(index === undefined ? [] : [index]), ...below],
    text,
  });
  return {
    values: new Map<string, unknown>([
      ...options,
      ...(isSeparate ? [] : [['env', env] as const]),
      ...(provisioners.length === 0 ? [] : [['provisioners', provisioners] as const]),
    ]),
    remarks: [
      ...remarks.map(moved),
      ...ofSteps,
      ...manifests.map(({ output }) => ({
        at: [],
        text: `the manifest ${output} in the format of Packer; the output manifest has the same facts`,
      })),
    ],
  };
}

/** Options that the option `env` would change. */
const withEnvironment = ['env', 'pre_mount_commands', 'post_mount_commands'];

/** Blank text does not set an option. */
const isSet = (value: unknown): boolean => typeof value !== 'string' || value.trim() !== '';

type Item = ReadonlyMap<string, unknown>;

/** The items of `provisioners`, and the index of the item of each step, or of the item that follows it. */
function itemsOf(steps: readonly unknown[]): {
  readonly items: Item[];
  readonly indexes: number[];
  readonly remarks: Remark[];
} {
  const items: Item[] = [];
  const indexes: number[] = [];
  const remarks: Remark[] = [];
  for (const step of steps) {
    if (!(step instanceof Map)) continue;
    const at = ['provisioners', items.length];
    indexes.push(items.length);
    if (step.has('sleep')) {
      remarks.push({ at, text: `a pause of ${step.get('sleep')}` });
      continue;
    }
    const fields: [string, unknown][] = [];
    for (const [name, value] of step) {
      const remark = step instanceof TemplateStep ? templateOnly[name] : undefined;
      if (remark === undefined) fields.push([name, value]);
      const text = remark?.(String(value));
      if (text !== undefined) remarks.push({ at, text });
    }
    items.push(new Map(fields));
  }
  return { items, indexes, remarks };
}

/** The environment variables that all scripts have, and the items without them. */
function commonEnvironment(items: readonly Item[]): {
  readonly env: ReadonlyMap<string, unknown>;
  readonly rest: Item[];
} {
  const environments = items.filter((item) => !item.has('file')).map((item) => item.get('env'));
  const [first] = environments;
  const env = new Map<string, unknown>(
    first instanceof Map
      ? [...first].filter(([name, value]) =>
          environments.every((one) => one instanceof Map && one.get(name) === value),
        )
      : [],
  );
  const without = (item: Item): Item => {
    const own = item.get('env');
    if (!(own instanceof Map)) return item;
    const left = new Map([...own].filter(([name]) => !env.has(name)));
    return new Map(
      [...item].flatMap(([name, value]) =>
        name !== 'env' ? [[name, value]] : left.size > 0 ? [[name, left]] : [],
      ),
    );
  };
  return { env, rest: items.map(without) };
}
