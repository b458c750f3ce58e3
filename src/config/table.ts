import type { Group, Values } from './option.js';
import { access } from './options/access.js';
import { image } from './options/image.js';
import { mount } from './options/mount.js';
import { provision } from './options/provision.js';
import { running } from './options/running.js';
import { source } from './options/source.js';
import { volume } from './options/volume.js';

/** Every option, by group: what reads, documents and checks them all works from here. */
export const table = { access, source, volume, mount, provision, image, running } as const;

export type GroupName = keyof typeof table;

/** What a build is asked to do. A step takes the slice of its own group. */
export type BuildConfig = { readonly [Name in GroupName]: Values<(typeof table)[Name]> };

/** The same while it is being read: what is wrong is not in it. */
export type PartialConfig = { readonly [Name in GroupName]?: Partial<BuildConfig[Name]> };

/** The options of a group that users are offered. */
export const offered = (options: Group): Group =>
  Object.fromEntries(Object.entries(options).filter(([, { upcoming }]) => upcoming === undefined));

/** Every option that users are offered, by its snake_case name. */
export const allOptions: Group = Object.fromEntries(
  Object.values(table).flatMap((options: Group) => Object.entries(offered(options))),
);
