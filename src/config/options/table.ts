import type { CommandName, Group, Option, Values } from '../kit/option.js';
import { access } from './access.js';
import { image } from './image.js';
import { mount } from './mount.js';
import { provision } from './provision.js';
import { running } from './running.js';
import { source } from './source.js';
import { volume } from './volume.js';

/** Every option, by group: what reads, documents and checks them all works from here. */
export const table = { access, source, volume, mount, provision, image, running } as const;

export type GroupName = keyof typeof table;

/** What a build is asked to do. A step takes the slice of its own group. */
export type BuildConfig = { readonly [Name in GroupName]: Values<(typeof table)[Name]> };

/** What the OMI is to be, but for its name, which is known only when its template is filled in. */
export type ImageConfig = Omit<BuildConfig['image'], 'omi_name'>;

/** What a half of a build is asked to do; `given` are those options of the OMI that were given to it. */
export type HalfConfig = Omit<BuildConfig, 'image'> & {
  readonly image: ImageConfig;
  readonly given: Partial<BuildConfig['image']>;
  /** The limits that were given to it. */
  readonly limits: Partial<Pick<BuildConfig['running'], 'snapshot_timeout' | 'image_timeout'>>;
};

/** The same while it is being read: what is wrong is not in it. */
export type PartialConfig = { readonly [Name in GroupName]?: Partial<BuildConfig[Name]> };

/** The options of a group that users are offered. */
export const offered = (options: Group): Group =>
  Object.fromEntries(Object.entries(options).filter(([, { upcoming }]) => upcoming === undefined));

const halves: readonly CommandName[] = ['mount', 'commit'];

/** Which ways in have the options of a group, unless an option says otherwise. */
const groupWays = new Map<string, readonly CommandName[]>([
  ['access', ['build', ...halves, 'abort']],
  ['source', ['build', 'mount']],
  ['volume', ['build', 'mount']],
  ['mount', ['build', 'mount']],
  ['provision', ['build']],
  // What is needed only at the end may be given to either half; commit wins.
  ['image', ['build', ...halves]],
  ['running', ['build', ...halves, 'abort']],
]);

/** Every option that users are offered, by its snake_case name. */
export const allOptions: Group = Object.fromEntries(
  Object.values(table).flatMap((options: Group) => Object.entries(offered(options))),
);

/** Which ways in have an option, by its name. */
export const commandsOf: ReadonlyMap<string, readonly CommandName[]> = new Map(
  Object.entries(table).flatMap(([name, options]) =>
    Object.entries<Option<unknown>>(offered(options)).map(([option, one]) => [
      option,
      one.commands ?? groupWays.get(name) ?? [],
    ]),
  ),
);

/** The options that a way in has. */
export const optionsOf = (command: CommandName): Group =>
  Object.fromEntries(Object.entries(allOptions).filter(([name]) => commandsOf.get(name)?.includes(command)));
