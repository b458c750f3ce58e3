import { noSuch, wrongPrefix } from '../model/errors.js';
import type { StoredImage, StoredSnapshot, StoredVolume, World } from '../model/world.js';
import type { DeviceLinks } from '../storage/device-links.js';
import type { Disks } from '../storage/disks.js';
import type { Objects } from '../storage/objects/objects.js';

export interface EmulatorAccount {
  readonly id: string;
  readonly alias?: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Session token that every request of a temporary key carries. */
  readonly token?: string;
}

export interface Settings {
  readonly region: string;
  /** Milliseconds of each intermediate state. */
  readonly latency: number;
  /** Milliseconds from the request for a snapshot of a volume to its completion. */
  readonly snapshotTime: number;
  /** Milliseconds of an export to, and of an import from, the object storage. */
  readonly transferTime: number;
  /** Milliseconds that a deleted volume or snapshot stays `deleting`; states.ts has the default. */
  readonly deleteTime?: number | undefined;
  readonly accounts: readonly EmulatorAccount[];
  /** ID of another VM of the account. */
  readonly neighbour?: string | undefined;
}

/** The state and services that calls use. */
export interface Cloud {
  readonly world: World;
  readonly settings: Settings;
  readonly disks: Disks;
  readonly objects: Objects;
  readonly links: DeviceLinks;
}

/** The calling account and the time of the call. */
export interface Caller {
  readonly account: string;
  readonly now: number;
}

/**
 * A call validates the request without changes and returns the function that carries it out. That function is
 * synchronous, so that no other call can run between validation and change; `DryRun` skips it.
 */
export type Call<Request, Answer> = (request: Request, caller: Caller, cloud: Cloud) => () => Answer;

/** ID prefixes by kind of resource. */
const prefixes = { volumes: 'vol-', snapshots: 'snap-', images: 'ami-' } as const;
export type Kind = keyof typeof prefixes;
interface Kinds {
  volumes: StoredVolume;
  snapshots: StoredSnapshot;
  images: StoredImage;
}

/** @throws ApiError code 4105 if an ID does not have the prefix of this kind. */
export function checkPrefix(kind: Kind, id: string): void {
  if (!id.startsWith(prefixes[kind])) throw wrongPrefix(id);
}

/**
 * The resource of this ID.
 * @throws ApiError code 4105 if the ID has another prefix; InvalidResource if the resource does not exist, is
 *   being deleted or belongs to another account.
 */
export function own<K extends Kind>(
  { world }: Pick<Cloud, 'world'>,
  kind: K,
  id: string,
  caller: Caller,
): Kinds[K] {
  checkPrefix(kind, id);
  const all: { readonly [Each in Kind]: Readonly<Record<string, Kinds[Each]>> } = world;
  const found = all[kind][id];
  const isDeleting = found !== undefined && 'deleted' in found && found.deleted !== undefined;
  if (found?.account !== caller.account || isDeleting) throw noSuch(id);
  return found;
}

export const isoDate = (time: number): string => new Date(time).toISOString();

export const alias = (cloud: Cloud, account: string): string | undefined =>
  cloud.settings.accounts.find(({ id }) => id === account)?.alias;
