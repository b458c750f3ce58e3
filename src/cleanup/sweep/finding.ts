import type { Claims, Kind } from '../../ledger/claims.js';

/** A claim as the ledger of its build had it. */
export type KnownClaim = { readonly [K in Kind]: { readonly kind: K; readonly data: Claims[K] } }[Kind];

/**
 * A resource of the account that no ledger contains, with its claims in the order in which a build records
 * them.
 */
export interface Orphan extends Finding {
  readonly claims: readonly KnownClaim[];
}

/** A resource that a build created, and whether `sweep` deletes it. */
export interface Finding {
  /** `volume`, `snapshot`, `OMI`. */
  readonly what: string;
  readonly id: string;
  /** Empty if unknown. */
  readonly build: string;
  /** Milliseconds; undefined if unknown. */
  readonly age: number | undefined;
  /** Why it is deleted, or why not. */
  readonly why: string;
  /** Whether it is deleted. */
  readonly goes: boolean;
}
