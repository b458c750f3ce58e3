import { BuildError } from '../common/errors.js';
import { type Claim, type Claims, isLocal, type Kind } from '../ledger/claims.js';
import { elsewhereOf } from '../ledger/elsewhere.js';
import { PendingError } from '../outscale/calls/late.js';
import { release, toolsFor } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import { kinds } from './kinds.js';
import { requireKnownApi } from './known-api.js';
import type { Left } from './leftovers.js';
import type { Proof } from './prover.js';

/** Which resources a cleanup releases. */
export interface Reach {
  /** `local`: those on this VM; `all`: those in the cloud too. */
  readonly scope: 'local' | 'all';
  /** With scope `local`, the error to report for each resource in the cloud; undefined to report none. */
  readonly because?: unknown;
  /** Proves that a resource belongs to its build. Set for ledgers of other users, which are not trusted. */
  readonly prove?: Prove | undefined;
}

/** Proves that a resource of a ledger belongs to its build. */
export type Prove = <K extends Kind>(
  claim: Claim<K>,
  tools: Tools,
  scope: Reach['scope'],
) => Promise<Proof<K>>;

/**
 * Releases the open resources of a ledger, the last one recorded first, and continues after a failure. Skips
 * retained resources until their date.
 * @returns the resources that could not be released, with the error
 */
export async function cleanUp(tools: Tools, reach: Reach = { scope: 'all' }): Promise<Left[]> {
  const { scope, because } = reach;
  const left: Left[] = [];
  for (const claim of tools.ledger.open()) {
    if (tools.ledger.isRetained(claim) && isAhead(tools.ledger.retainedUntil)) continue;
    if (scope === 'local' && !isLocal(claim.kind)) {
      if (because !== undefined) left.push({ claim, error: because });
      continue;
    }
    await undoProven(claim, tools, reach).catch((error: unknown) => left.push({ claim, error }));
  }
  return await retryPending(left, tools, reach);
}

const isAhead = (date: Date | undefined): boolean => date !== undefined && date.getTime() > Date.now();

/**
 * Checks requests without a response again: after the deletion of the volume they can no longer be carried
 * out.
 */
async function retryPending(left: readonly Left[], tools: Tools, reach: Reach): Promise<Left[]> {
  const still: Left[] = [];
  for (const one of left) {
    const isPending = one.error instanceof PendingError && kinds[one.claim.kind].needsVolume === true;
    if (!isPending) still.push(one);
    else
      await undoProven(one.claim, tools, reach).catch((error: unknown) =>
        still.push({ claim: one.claim, error }),
      );
  }
  return still;
}

async function undoProven(claim: Claim, tools: Tools, { scope, prove }: Reach): Promise<void> {
  const proof = prove === undefined ? claim : await proveThere(claim, prove, tools, scope);
  if (proof === 'later') return;
  if (proof === 'gone') return tools.ledger.close(claim);
  if ('problem' in proof) throw new BuildError(proof.problem);
  await undo(claim, proof.data, tools);
}

/** What a proof does not read again: the region in which it was made. */
const regionOf = ({ data }: Claim): object => {
  const elsewhere = elsewhereOf(data);
  return elsewhere === undefined ? {} : { elsewhere };
};

/** The proof of a resource in another region needs the API of that region. */
async function proveThere(claim: Claim, prove: Prove, tools: Tools, scope: Reach['scope']): Promise<Proof> {
  const elsewhere = elsewhereOf(claim.data);
  if (elsewhere !== undefined) await requireKnownApi(elsewhere, tools);
  const there = await toolsFor(claim.data, tools.forCleanup());
  return await prove(claim, there, scope);
}

const undo = async <K extends Kind>(claim: Claim<K>, data: Claims[K], tools: Tools): Promise<void> =>
  await release({ ...claim, data: { ...regionOf(claim), ...data } }, kinds[claim.kind].undo, tools);
