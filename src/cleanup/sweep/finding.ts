import type { Claims, Kind } from '../../ledger/claims.js';

/** A thing as the ledger of its build had it. */
export type Known = { readonly [K in Kind]: { readonly kind: K; readonly data: Claims[K] } }[Kind];

/** A thing of the account that no ledger knows of, with what undoes it, in the order in which a build makes it. */
export interface Orphan extends Finding {
  readonly claims: readonly Known[];
}

/** A thing that a build made, and what is to be done about it. */
export interface Finding {
  /** `volume`, `snapshot`, `OMI`. */
  readonly what: string;
  readonly id: string;
  /** Empty where nothing tells it. */
  readonly build: string;
  /** Milliseconds; undefined where nothing tells it. */
  readonly age: number | undefined;
  /** Why it is to go, or why it is left alone. */
  readonly why: string;
  /** Whether it is to go; else it is left alone. */
  readonly goes: boolean;
}
