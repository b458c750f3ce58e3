import type { ResourceTag } from './api.js';

/*
 * Ownership of the resources that a build creates, for users and for sweep: tags, and before a resource is
 * tagged, its ClientToken. Both contain the build ID and the ID of the VM that runs the build.
 */

/** Tag keys. */
export const ownershipTags = {
  build: 'build-omi:build-id',
  vm: 'build-omi:vm',
  /** The region of that VM, on a resource in another one. */
  region: 'build-omi:region',
  /** User ID of the build: root acts on another user's ledger only for resources with that user's ID. */
  user: 'build-omi:user',
  /** Start of the build (ISO 8601). */
  since: 'build-omi:since',
  /** On a snapshot: `building`, then `kept`. On a volume that is a product: `kept`. */
  state: 'build-omi:state',
  /** Until when a resource of a failed build is retained (ISO 8601). */
  keepUntil: 'build-omi:keep-until',
  /** On the copy of another account's source: when a build last used it (ISO 8601). */
  lastUsed: 'build-omi:last-used',
  /** On the same copy: the ID of the source. */
  source: 'build-omi:source',
  /** On an OMI: the digest of what it was built from, for `reuse: unchanged`. */
  digest: 'build-omi:digest',
  /** On an OMI: the option `family`. */
  family: 'build-omi:family',
  /** On an OMI, set by a user: retention never removes it. */
  protection: 'build-omi:keep',
  /** On such an OMI: the object of its disk, and its manifest, as `BUCKET/KEY`. */
  export: 'build-omi:export',
  exportManifest: 'build-omi:export-manifest',
} as const;

/** The tag of an OMI of a family; none without a family. */
export const familyTags = (family: string | undefined): Readonly<Record<string, string>> =>
  family === undefined ? {} : { [ownershipTags.family]: family };

/** The build that creates a resource. */
export interface Maker {
  readonly id: string;
  readonly startedAt: Date;
  readonly user: { readonly uid: number };
}

/** The tags of the build's volume and of everything created from it. */
export const ownTags = ({ id, startedAt, user }: Maker, vmId: string): ResourceTag[] => [
  { Key: ownershipTags.build, Value: id },
  { Key: ownershipTags.vm, Value: vmId },
  { Key: ownershipTags.user, Value: String(user.uid) },
  { Key: ownershipTags.since, Value: startedAt.toISOString() },
];

/** The ClientToken of one resource of a build. */
export const tokenOf = ({ id }: Pick<Maker, 'id'>, vmId: string, what: string): string =>
  `build-omi-${id}-${vmId}-${what}`;

/** The OMI name of the copy of another account's source; all builds of an account share the copy. */
export const copyName = (source: string): string => `build-omi source ${source}`;

/** The source ID in the name of such a copy. */
export const parseCopyName = (name = ''): string | undefined =>
  /^build-omi source (ami-[0-9a-f]+)$/.exec(name)?.[1];

/** The description of such a copy: it names the build that owns the copy until it is available. */
export const copyNote = (source: string, { id }: Pick<Maker, 'id'>): string =>
  `Copy of ${source} for build ${id}`;

/** The source and the build ID in such a description. */
export function parseCopyNote(note = ''): { readonly source: string; readonly build: string } | undefined {
  const [, source, build] = /^Copy of (ami-[0-9a-f]+) for build ([0-9a-f]{12})$/.exec(note) ?? [];
  return source === undefined || build === undefined ? undefined : { source, build };
}

/** The build ID and the VM ID in a ClientToken; undefined for a token of another program. */
export function parseToken(
  token = '',
): { readonly build: string; readonly vm: string | undefined } | undefined {
  const [, build, vm] = /^build-omi-([0-9a-f]{12})-(?:(i-[0-9a-f]+)-)?/.exec(token) ?? [];
  return build === undefined ? undefined : { build, vm };
}

/** Whether a ClientToken is that of an import from another region. */
export const isImportToken = (token = ''): boolean =>
  /^build-omi-[0-9a-f]{12}-i-[0-9a-f]+-import-/.test(token);
