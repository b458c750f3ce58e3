import { BuildError } from '../common/errors.js';
import { type Claim, type Claims, isLocal, type Kind } from '../ledger/claims.js';
import { PendingError } from '../outscale/calls/late.js';
import { release, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import { undoAttachment } from '../steps/attach.js';
import { undoDiscarded } from '../steps/discard.js';
import { undoMounts } from '../steps/host-mounts.js';
import { undoImage } from '../steps/image.js';
import { undoMountPoint } from '../steps/mount-point.js';
import { undoReplaced } from '../steps/replace.js';
import { undoNames, undoSandbox } from '../steps/sandbox.js';
import { undoSnapshot } from '../steps/snapshot.js';
import { undoCopy } from '../steps/source-copy.js';
import { undoVolume } from '../steps/volume.js';
import type { Left } from './leftovers.js';

/** How each kind of thing that can be left behind is undone: the same functions that closing braces call. */
const undos: { readonly [K in Kind]: Undo<K> } = {
  directory: undoMountPoint,
  mounts: undoMounts,
  names: undoNames,
  namespace: undoSandbox,
  volume: undoVolume,
  attachment: undoAttachment,
  snapshot: undoSnapshot,
  image: undoImage,
  copy: undoCopy,
  replaced: undoReplaced,
  discarded: undoDiscarded,
};

const undo = async <K extends Kind>(claim: Claim<K>, tools: Tools): Promise<void> =>
  await release(claim, undos[claim.kind], tools);

const isAhead = (date: Date | undefined): boolean => date !== undefined && date.getTime() > Date.now();

/** How much is put away: what is on this VM, or everything. */
export interface Reach {
  readonly scope: 'local' | 'all';
  /** Why the rest is left, where that is to be told. */
  readonly because?: unknown;
  /** Where the ledger is another user's: what of it the cloud and the kernel prove. */
  readonly prove?: Prove | undefined;
}

/**
 * Proves that a thing of a ledger belongs to its build. `data`: it does, and this is what is known of it by proof;
 * `gone`: there is nothing to undo; `later`: only the cloud can prove it, which is asked later; `problem`: why not.
 */
export type Prove = <K extends Kind>(
  claim: Claim<K>,
  tools: Tools,
  scope: Reach['scope'],
) => Promise<Proof<K>>;
export type Proof<K extends Kind = Kind> =
  | { readonly data: Claims[K] }
  | { readonly problem: string }
  | 'gone'
  | 'later';

/**
 * Puts away what a ledger has open, the last made first, and keeps going after a failure: what one thing blocks
 * need not keep the others. What is held is passed over until its time has come.
 * @returns what could not be put away, with the reason.
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

/** Claims whose request becomes impossible when the volume of the build is deleted. */
const needVolume: readonly Kind[] = ['attachment', 'snapshot'];

/** Checks requests without a response again: after the deletion of the volume they can no longer be carried out. */
async function retryPending(left: readonly Left[], tools: Tools, reach: Reach): Promise<Left[]> {
  const still: Left[] = [];
  for (const one of left) {
    const isPending = one.error instanceof PendingError && needVolume.includes(one.claim.kind);
    if (!isPending) still.push(one);
    else
      await undoProven(one.claim, tools, reach).catch((error: unknown) =>
        still.push({ claim: one.claim, error }),
      );
  }
  return still;
}

async function undoProven(claim: Claim, tools: Tools, { scope, prove }: Reach): Promise<void> {
  const proof = prove === undefined ? claim : await prove(claim, tools.forCleanup(), scope);
  if (proof === 'later') return;
  if (proof === 'gone') return tools.ledger.close(claim);
  if ('problem' in proof) throw new BuildError(proof.problem);
  await undo({ ...claim, data: proof.data }, tools);
}
