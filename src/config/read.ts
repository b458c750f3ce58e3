import { type OptionsFile, readOptionsFile } from './input/file.js';
import { createLookup } from './input/lookup.js';
import type { TemplateFacts } from './input/packer.js';
import { findProfile } from './input/profile.js';
import { duplicateValues, type RawValue, type Read, rawValuesOf } from './input/raw-value.js';
import { hasSecretFields, isUrl, passwordsIn, secretsInFields } from './input/secrets-and-names.js';
import { readTemplateInputs } from './input/variable-values.js';
import type { ReadContext } from './kit/context.js';
import { ConfigError, type Issue, issueOf } from './kit/issues.js';
import { kebab } from './kit/option.js';
import { allOptions, type BuildConfig, type HalfConfig, optionsOf, table } from './options/table.js';
import { attempt, isComplete, type ReadTable, readTable } from './read-table.js';
import { checkCertificate } from './rules/certificate.js';
import type { RuleContext } from './rules/context.js';
import { checkNames } from './rules/names.js';
import { noticeOfNothingToDo } from './rules/nothing-to-do.js';
import { checkBesideTemplate } from './rules/packer.js';
import { checkTogether } from './rules/rules.js';
import { checkTemplates } from './rules/templates.js';
import type { RegionEntry } from './types/region.js';

export type { Read } from './input/raw-value.js';

/** The configuration of a whole build. */
export interface WholeConfig extends BuildConfig {
  /** What a Packer template says besides options. */
  readonly template?: TemplateFacts;
}
/** Finds the problems of the scripts and files that the options name. */
export type CheckTasks = (config: Pick<BuildConfig, 'source' | 'mount' | 'provision'>) => readonly Issue[];

/**
 * Reads the configuration of a build. The value of an option comes from its input or flag, else from the file
 * or text of `config`, else from its environment variables, else from its profile field.
 * @param checkTasks looks at the files; a configuration is valid without them
 * @throws ConfigError with every problem, each with the name of its option
 */
export async function readConfig(
  read: Read,
  context: ReadContext,
  checkTasks?: CheckTasks,
): Promise<WholeConfig> {
  const { config, template, issues } = await gather(read, context, checkTasks);
  if (issues.length > 0) throw new ConfigError(issues);
  if (!isComplete(config, Object.keys(table))) throw new TypeError('option values are incomplete');
  return { ...config, ...(template === undefined ? {} : { template }) };
}

/** Reads the configuration of `mount` or `commit`. @throws ConfigError as `readConfig` does */
export async function readHalf(
  read: Read,
  context: ReadContext,
): Promise<HalfConfig & Pick<WholeConfig, 'template'>> {
  const { config, given, template, issues } = await gather(read, context);
  if (issues.length > 0) throw new ConfigError(issues);
  if (!isComplete(config, Object.keys(table))) throw new TypeError('option values are incomplete');
  return {
    ...config,
    ...(template === undefined ? {} : { template }),
    given: only(config.image, given),
    limits: only(limitsOf(config.running), given),
  };
}

const limitsOf = ({ snapshot_timeout, queue_timeout, image_timeout }: BuildConfig['running']) => ({
  snapshot_timeout,
  queue_timeout,
  image_timeout,
});

/** Only the values that the user set. */
function only<T extends object>(values: T, given: ReadonlySet<string>): Partial<T> {
  const some: Partial<T> = { ...values };
  for (const name of Object.keys(values)) if (!given.has(name)) Reflect.deleteProperty(some, name);
  return some;
}

/** The options that cleanup needs. */
export type AccessConfig = Pick<BuildConfig, 'access' | 'running'>;

/**
 * Reads the options that cleanup needs. Other options may be invalid, and the file of `config` may no longer
 * exist.
 * @throws ConfigError with every problem if one of these options is invalid
 */
export async function readAccess(
  read: Read,
  context: ReadContext,
): Promise<AccessConfig & { readonly regions: readonly RegionEntry[] }> {
  const { config, issues } = await gather(read, context);
  const regions = config.copies?.omi_regions ?? [];
  if (isComplete(config, ['access', 'running'])) return { ...config, regions };
  throw new ConfigError(issues);
}

/**
 * The command wrapper for the relaunch as root; undefined if it is invalid, which the relaunched process
 * reports.
 */
export async function readCommandWrapper(read: Read, context: ReadContext): Promise<string | undefined> {
  const { config } = await gather(read, context);
  return config.mount?.command_wrapper;
}

/** Whether the configuration asks for checks only, as an input or in the file. */
export async function asksFor(
  check: 'validate' | 'dry_run',
  read: Read,
  context: ReadContext,
): Promise<boolean> {
  if (read(kebab(check)) === undefined && read('config') === undefined) return false;
  const { config } = await gather(read, context);
  return config.running?.[check] === true;
}

interface Gathered extends ReadTable {
  /** The names of the options that the user set. */
  readonly given: ReadonlySet<string>;
  readonly template: TemplateFacts | undefined;
}

/** All that is set, checked option by option and together. */
export async function gather(read: Read, context: ReadContext, checkTasks?: CheckTasks): Promise<Gathered> {
  const file = await attempt(
    async () => await fileOf(read, context),
    (invalid) => issueOf('config', invalid),
  );
  const options = optionsOf(context.command ?? 'build');
  const all = new Map(Object.keys(options).map((name) => [name, rawValuesOf(name, read, file.value)]));
  maskSecrets(all, context);
  const given = (name: string): RawValue | undefined => all.get(name)?.[0];
  const profile = await attempt(
    () => findProfile(textOf(given('profile')), context),
    (invalid) => issueOf(given('profile')?.called([]) ?? 'profile', invalid),
  );
  for (const field of ['endpoints.api', 'endpoints.oos'])
    for (const password of passwordsIn(profile.value?.field(field))) context.mask?.(password);
  const find = createLookup(given, context.environment, profile.value);
  const { config, issues } = await readTable(find, context);
  for (const { secret_key } of config.copies?.omi_regions ?? []) context.mask?.(secret_key ?? '');
  const found = (name: string): string | undefined => textOf(find(name));
  const called = (name: string, at: readonly string[] = []): string => find(name)?.called(at) ?? kebab(name);
  const names = checkNames(file.value, context);
  const written = new Set([...all.keys()].filter((name) => given(name) !== undefined));
  // An unreadable file may contain the options that seem to be missing, so those are not reported.
  if (file.issues.length > 0)
    return { config, given: written, template: undefined, issues: [...names, ...file.issues] };
  const rules: RuleContext = {
    command: context.command ?? 'build',
    given: (name) => written.has(name),
    found,
    called,
  };
  const allIssues = [
    ...names,
    ...checkBesideTemplate(
      file.value?.template !== undefined,
      (name) => rawValuesOf(name, read, undefined).length > 0,
    ),
    ...[...all.values()].flatMap(duplicateValues),
    ...profile.issues,
    ...issues,
    ...checkTogether(config, rules),
    ...(await checkCertificate(rules, context)),
    ...(await checkTemplates(config, rules, context.environment)),
    ...(isComplete(config, ['source', 'mount', 'provision']) ? (checkTasks?.(config) ?? []) : []),
  ];
  const notice = allIssues.length > 0 ? undefined : noticeOfNothingToDo(config, rules);
  if (notice !== undefined) context.notice?.(notice);
  return { config, given: written, template: file.value?.template, issues: allIssues };
}

const textOf = (given: RawValue | undefined): string | undefined =>
  typeof given?.value === 'string' ? given.value : undefined;

async function fileOf(read: Read, context: ReadContext): Promise<OptionsFile | undefined> {
  const [config] = rawValuesOf('config', read, undefined);
  if (typeof config?.value !== 'string') return undefined;
  const input = (name: string): unknown => rawValuesOf(name, read, undefined)[0]?.value;
  return await readOptionsFile(
    config.value,
    context,
    async (syntax) => await readTemplateInputs(input, syntax, context),
  );
}

function maskSecrets(all: ReadonlyMap<string, readonly RawValue[]>, { mask }: ReadContext): void {
  for (const [name, values] of all)
    for (const given of values) {
      if (allOptions[name]?.secret) mask?.(textOf(given) ?? '');
      if (hasSecretFields(name)) for (const secret of secretsInFields(given.value)) mask?.(secret);
      if (isUrl(name)) for (const password of passwordsIn(textOf(given))) mask?.(password);
    }
}
