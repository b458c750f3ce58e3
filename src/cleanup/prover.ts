import type { Claims, Kind } from '../ledger/claims.js';
import type { Written } from '../ledger/read.js';
import type { Tools } from '../runtime/tools.js';

/**
 * The result of a proof. `data`: the resource belongs to the build, and this is its proven data; `gone`:
 * there is nothing to undo; `later`: only the cloud can prove it, and this cleanup does not reach the cloud;
 * `problem`: why the proof failed.
 */
export type Proof<K extends Kind = Kind> =
  | { readonly data: Claims[K] }
  | { readonly problem: string }
  | 'gone'
  | 'later';

/** Proves that a resource in the ledger of another user belongs to the build of that ledger. */
export type Prover<K extends Kind> = (data: Claims[K], tools: Tools, by: Claimant) => Promise<Proof<K>>;

/** The ledger that claims the resource. */
export interface Claimant extends Written {
  /** Whether the cleanup reaches the cloud (`all`) or only this VM (`local`). */
  readonly scope: 'local' | 'all';
  /** Milliseconds since the last line was written to the ledger. */
  readonly age: number;
}
