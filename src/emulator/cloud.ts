import type { Disks } from './disks.js';
import { noSuch } from './errors.js';
import type { Names } from './names.js';
import type { World } from './world.js';

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
  /** Milliseconds from asking for a snapshot of a volume to its completion. */
  readonly snapshotTime: number;
  readonly accounts: readonly EmulatorAccount[];
  /** ID of another VM of the account. */
  readonly neighbour?: string | undefined;
}

/** What the calls work on. */
export interface Cloud {
  readonly world: World;
  readonly settings: Settings;
  readonly disks: Disks;
  readonly names: Names;
}

/** Who calls, and when. */
export interface Caller {
  readonly account: string;
  readonly now: number;
}

/**
 * A call: checks everything, changes nothing, and returns the function that does the work. That one is
 * synchronous, so that nothing can come between the checks and the change, and `DryRun` leaves it out.
 */
export type Call<Request, Answer> = (request: Request, caller: Caller, cloud: Cloud) => () => Answer;

/** The resource of this ID if it is the caller's and not on its way out. */
export function own<T extends { readonly account: string; deleted?: number }>(
  all: Record<string, T>,
  id: string,
  caller: Caller,
): T {
  const found = all[id];
  if (found?.account !== caller.account || found.deleted !== undefined) throw noSuch(id);
  return found;
}

export const isoDate = (time: number): string => new Date(time).toISOString();

export const alias = (cloud: Cloud, account: string): string | undefined =>
  cloud.settings.accounts.find(({ id }) => id === account)?.alias;
