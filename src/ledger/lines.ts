import { BuildError } from '../common/errors.js';
import { type Claim, type Identity, isKnown } from './claims.js';

/** Whoever a build was handed over to, so that nobody else puts it away: as long as a process lives, or until a time. */
export type Owner = Identity | Lease;

/** A time to which a build is left alone, if the VM is not started anew before. */
interface Lease {
  /** ISO 8601. */
  readonly until: string;
  readonly boot: string;
}

/** Whose build it is and where its things are. Never a secret. */
export interface Header {
  readonly ledger: 1;
  readonly build: string;
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly vm: string;
  readonly user: number;
  /** The process that began it. */
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
  | { held: number[]; until: string };

/** What a line says; undefined where it was torn. */
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
 * Undoing the rest in order is not safe where one thing of it is not understood.
 * @throws BuildError for a kind of a newer version.
 */
export function requireKnown(line: Line): void {
  if (!('claim' in line) || isKnown(line.claim.kind)) return;
  throw new BuildError(`it has a thing of kind "${line.claim.kind}": a newer build-omi wrote it`, {
    hint: 'Put it away with that version.',
  });
}
