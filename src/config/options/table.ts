import type { CommandName, Group, Option, Values } from '../kit/option.js';
import { access } from './access.js';
import { bootTest } from './boot-test.js';
import { copies } from './copies.js';
import { image } from './image.js';
import { mount } from './mount.js';
import { provision } from './provision.js';
import { quality } from './quality.js';
import { running } from './running.js';
import { source } from './source.js';
import { volume } from './volume.js';

/** Every option, by group. Reading, documentation and checks all use this table. */
export const table = {
  access,
  source,
  volume,
  mount,
  provision,
  image,
  copies,
  quality,
  bootTest,
  running,
} as const;

export type GroupName = keyof typeof table;

/** The configuration of a build. A step takes the slice of its own group. */
export type BuildConfig = { readonly [Name in GroupName]: Values<(typeof table)[Name]> };

/** The configuration of the OMI without its name, which is known only after its template is rendered. */
export type ImageConfig = Omit<BuildConfig['image'], 'omi_name'>;

/** The configuration of `mount` or `commit`; `given` holds the OMI options that were set on it. */
export type HalfConfig = Omit<BuildConfig, 'image'> & {
  readonly image: ImageConfig;
  readonly given: Partial<BuildConfig['image']>;
  /** The time limits that were set on it, in milliseconds. */
  readonly limits: Partial<
    Pick<BuildConfig['running'], 'snapshot_timeout' | 'queue_timeout' | 'image_timeout'>
  >;
};

/** A configuration while it is read: it lacks the options with an invalid value. */
export type PartialConfig = { readonly [Name in GroupName]?: Partial<BuildConfig[Name]> };

const halves: readonly CommandName[] = ['mount', 'commit'];

/** The commands that have the options of a group, unless an option lists its own. */
const groupCommands = new Map<string, readonly CommandName[]>([
  ['access', ['build', ...halves, 'abort', 'shell', 'find', 'prune']],
  ['source', ['build', 'mount']],
  ['volume', ['build', 'mount']],
  ['mount', ['build', 'mount']],
  ['provision', ['build']],
  // The OMI is created at the end, so either half may set its options; commit overrides mount.
  ['image', ['build', ...halves]],
  // Not mount: it would store their keys in the ledger.
  ['copies', ['build', 'commit']],
  ['quality', ['build', 'commit']],
  ['bootTest', ['build', 'commit']],
  ['running', ['build', ...halves, 'abort', 'shell']],
]);

/** Every option by its snake_case name. */
export const allOptions: Group = Object.fromEntries(
  Object.values(table).flatMap((options: Group) => Object.entries(options)),
);

/** The commands that have an option, by its name. */
export const commandsOf: ReadonlyMap<string, readonly CommandName[]> = new Map(
  Object.entries(table).flatMap(([name, options]) =>
    Object.entries<Option<unknown>>(options).map(([option, one]) => [
      option,
      one.commands ?? groupCommands.get(name) ?? [],
    ]),
  ),
);

/** The options of a command. */
export const optionsOf = (command: CommandName): Group =>
  Object.fromEntries(Object.entries(allOptions).filter(([name]) => commandsOf.get(name)?.includes(command)));
