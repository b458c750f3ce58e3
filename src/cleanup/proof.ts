import type { Claim, Kind } from '../ledger/claims.js';
import type { Written } from '../ledger/read.js';
import type { Tools } from '../runtime/tools.js';
import type { Prove } from './clean-up.js';
import { kinds } from './kinds.js';

/**
 * The proofs for the ledger of another user, which root does not trust: each resource is read from the cloud
 * or the kernel, and the undo gets the data that was read, not those of the ledger.
 * @param age milliseconds since the last line was written to the ledger
 */
export const proofFor =
  (written: Written, age: number): Prove =>
  async <K extends Kind>({ kind, data }: Claim<K>, tools: Tools, scope: 'local' | 'all') =>
    await kinds[kind].prove(data, tools, { ...written, age, scope });
