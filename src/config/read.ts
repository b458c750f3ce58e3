import { type OptionsFile, readOptionsFile } from './input/file.js';
import { createLookup } from './input/lookup.js';
import { findProfile } from './input/profile.js';
import { type Given, givenFor, givenTwice, type Read } from './input/raw-value.js';
import { isUrl, passwordsIn } from './input/secrets.js';
import type { Known } from './kit/context.js';
import { ConfigError, mistakeOf } from './kit/issues.js';
import { kebab } from './kit/names.js';
import { allOptions, type BuildConfig, type HalfConfig, optionsOf, table } from './options/table.js';
import { attempt, isComplete, type ReadTable, readTable } from './read-table.js';
import { checkNames } from './rules/names-given.js';
import { checkTogether } from './rules/rules.js';

export type { Read } from './input/raw-value.js';

/**
 * Makes the configuration of a build from text, once: from what the way in was given, else the file that `config`
 * names or holds, else the option's variables and its field of the profile.
 * @throws ConfigError with every mistake, each naming its option
 */
export async function readConfig(read: Read, known: Known): Promise<BuildConfig> {
  const { config, mistakes } = await gather(read, known);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  if (!isComplete(config, Object.keys(table))) throw new TypeError('an option was not read');
  return config;
}

/** The same for a half of a build. @throws as readConfig */
export async function readHalf(read: Read, known: Known): Promise<HalfConfig> {
  const { config, given, mistakes } = await gather(read, known);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  if (!isComplete(config, Object.keys(table))) throw new TypeError('an option was not read');
  return { ...config, given: only(config.image, given), limits: only(limitsOf(config.running), given) };
}

const limitsOf = ({ snapshot_timeout, image_timeout }: BuildConfig['running']) => ({
  snapshot_timeout,
  image_timeout,
});

/** Those values that were given. */
function only<T extends object>(values: T, given: ReadonlySet<string>): Partial<T> {
  const some: Partial<T> = { ...values };
  for (const name of Object.keys(values)) if (!given.has(name)) Reflect.deleteProperty(some, name);
  return some;
}

/** What cleaning up needs. */
export type AccessConfig = Pick<BuildConfig, 'access' | 'running'>;

/**
 * The part that cleaning up needs, as far as it can still be read: by then the file may be gone, or the rest of it
 * may never have been right.
 * @throws ConfigError with every mistake when that part is not all there
 */
export async function readAccess(read: Read, known: Known): Promise<AccessConfig> {
  const { config, mistakes } = await gather(read, known);
  if (isComplete(config, ['access', 'running'])) return config;
  throw new ConfigError(mistakes);
}

/** How the privileged door is opened, as far as that can be read: what is wrong with it is told behind the door. */
export async function readCommandWrapper(read: Read, known: Known): Promise<string | undefined> {
  const { config } = await gather(read, known);
  return config.mount?.command_wrapper;
}

interface Gathered extends ReadTable {
  /** The names of the options that the user wrote. */
  readonly given: ReadonlySet<string>;
}

async function gather(read: Read, known: Known): Promise<Gathered> {
  const file = await attempt(
    async () => await fileOf(read, known),
    (fault) => mistakeOf('config', fault),
  );
  const options = optionsOf(known.command ?? 'build');
  const all = new Map(Object.keys(options).map((name) => [name, givenFor(name, read, file.value)]));
  maskSecrets(all, known);
  const given = (name: string): Given | undefined => all.get(name)?.[0];
  const profile = await attempt(
    () => findProfile(textOf(given('profile')), known),
    (fault) => mistakeOf(given('profile')?.called([]) ?? 'profile', fault),
  );
  for (const password of passwordsIn(profile.value?.field('endpoints.api'))) known.mask?.(password);
  const find = createLookup(given, known.environment, profile.value);
  const { config, mistakes } = await readTable(find, known);
  const found = (name: string): string | undefined => textOf(find(name));
  const called = (name: string): string => find(name)?.called([]) ?? kebab(name);
  const names = checkNames(file.value, known);
  const written = new Set([...all.keys()].filter((name) => given(name) !== undefined));
  // Where a file cannot be read, what seems to be missing may be in it.
  if (file.mistakes.length > 0) return { config, given: written, mistakes: [...names, ...file.mistakes] };
  const wrong = [
    ...names,
    ...[...all.values()].flatMap(givenTwice),
    ...profile.mistakes,
    ...mistakes,
    ...checkTogether(config, {
      command: known.command ?? 'build',
      given: (name) => written.has(name),
      found,
      called,
    }),
  ];
  return { config, given: written, mistakes: wrong };
}

const textOf = (given: Given | undefined): string | undefined =>
  typeof given?.value === 'string' ? given.value : undefined;

async function fileOf(read: Read, known: Known): Promise<OptionsFile | undefined> {
  const [config] = givenFor('config', read, undefined);
  return typeof config?.value === 'string' ? await readOptionsFile(config.value, known) : undefined;
}

function maskSecrets(all: ReadonlyMap<string, readonly Given[]>, { mask }: Known): void {
  for (const [name, values] of all)
    for (const given of values) {
      if (allOptions[name]?.secret) mask?.(textOf(given) ?? '');
      if (isUrl(name)) for (const password of passwordsIn(textOf(given))) mask?.(password);
    }
}
