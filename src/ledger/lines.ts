import { BuildError } from '../common/errors.js';
import { type Claim, type Identity, isKnown } from './claims.js';

/**
 * The owner of a build, a process or a lease. Only the owner cleans up while the process is alive or the
 * lease is valid.
 */
export type Owner = Identity | Lease;

/** A time until which no other process cleans up the build, unless the VM restarts before. */
interface Lease {
  /** ISO 8601. */
  readonly until: string;
  readonly boot: string;
}

/** The owner of a build and the location of its resources. Never a secret. */
export interface Header {
  readonly ledger: 1;
  readonly build: string;
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly vm: string;
  readonly user: number;
  /** The process that started the build. */
  readonly owner: Identity;
}

/** A line of the file, after the header. */
export type Line =
  | { claim: Claim }
  | { learned: number; data: object }
  | { gone: number }
  | { kept: number[] }
  | { handed: Owner; with?: object }
  | { taken: Identity }
  | { named: string }
  | { held: number[]; until: string; with?: object };

/** The JSON value of a line; undefined if the line is incomplete. */
export function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

export const isHeader = (value: unknown): value is Header =>
  isObject(value) && 'ledger' in value && value.ledger === 1 && 'build' in value && 'owner' in value;

export const isLine = (value: unknown): value is Line =>
  isObject(value) &&
  ['claim', 'learned', 'gone', 'kept', 'handed', 'taken', 'named', 'held'].some((key) => key in value) &&
  (!('claim' in value) || (isObject(value.claim) && 'kind' in value.claim));

/**
 * The other resources cannot be undone safely in order if one is of an unknown kind.
 * @throws BuildError for a kind of a newer version.
 */
export function requireKnown(line: Line): void {
  if (!('claim' in line) || isKnown(line.claim.kind)) return;
  throw new BuildError(`unknown kind of resource "${line.claim.kind}": a newer build-omi wrote the ledger`, {
    hint: 'Clean up with that version.',
  });
}
