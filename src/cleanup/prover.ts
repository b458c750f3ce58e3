import type { Claims, Kind } from '../ledger/claims.js';
import type { Written } from '../ledger/read.js';
import type { Tools } from '../runtime/tools.js';
import type { Proof } from './kinds.js';

/** How a claim of another user's ledger is proved. */
export type Prover<K extends Kind> = (data: Claims[K], tools: Tools, by: Claimant) => Promise<Proof<K>>;

/** Whose ledger it is, how old, and how far the tools reach. */
export interface Claimant extends Written {
  readonly scope: 'local' | 'all';
  /** Milliseconds since the ledger was last written to. */
  readonly age: number;
}
