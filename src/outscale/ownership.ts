import type { ResourceTag } from './api.js';

/*
 * How what a build makes is known to be a build's, to people and to sweep: by its tags, and before it has any by its
 * ClientToken. Both name the build and the VM it runs on.
 */

/** Keys of the tags. */
export const ownershipTags = {
  build: 'build-omi:build-id',
  vm: 'build-omi:vm',
  /** When the build began (ISO 8601). */
  since: 'build-omi:since',
  /** Of a snapshot: `building`, then `kept`. */
  state: 'build-omi:state',
  /** Until when what a failed build left stays (ISO 8601). */
  keepUntil: 'build-omi:keep-until',
  /** Of the copy of a foreign source: when a build last needed it (ISO 8601). */
  lastUsed: 'build-omi:last-used',
  /** Of the same: the source it is a copy of. */
  source: 'build-omi:source',
} as const;

/** The build that makes a thing. */
export interface Maker {
  readonly id: string;
  readonly startedAt: Date;
}

/** The tags of everything that a build makes from its own volume, that one included. */
export const ownTags = ({ id, startedAt }: Maker, vmId: string): ResourceTag[] => [
  { Key: ownershipTags.build, Value: id },
  { Key: ownershipTags.vm, Value: vmId },
  { Key: ownershipTags.since, Value: startedAt.toISOString() },
];

/** The ClientToken of one thing of a build. */
export const tokenOf = ({ id }: Pick<Maker, 'id'>, vmId: string, what: string): string =>
  `build-omi-${id}-${vmId}-${what}`;

/** The name of the copy of a foreign source: one for all builds of an account. */
export const copyName = (source: string): string => `build-omi source ${source}`;

/** The source that a name is the copy's of. */
export const parseCopyName = (name = ''): string | undefined =>
  /^build-omi source (ami-[0-9a-f]+)$/.exec(name)?.[1];

/** The description of such a copy: whose it is until it is available. */
export const copyNote = (source: string, { id }: Pick<Maker, 'id'>): string =>
  `Copy of ${source} for build ${id}`;

/** The build that such a description names. */
export const parseCopyNote = (note = ''): string | undefined =>
  /^Copy of ami-[0-9a-f]+ for build ([0-9a-f]{12})$/.exec(note)?.[1];

/** The build and the VM that a ClientToken names; undefined if it is no build's. */
export function parseToken(
  token = '',
): { readonly build: string; readonly vm: string | undefined } | undefined {
  const [, build, vm] = /^build-omi-([0-9a-f]{12})-(?:(i-[0-9a-f]+)-)?/.exec(token) ?? [];
  return build === undefined ? undefined : { build, vm };
}
