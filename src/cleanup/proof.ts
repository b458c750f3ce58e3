import type { Claim, Kind } from '../ledger/claims.js';
import type { Written } from '../ledger/read.js';
import type { Tools } from '../runtime/tools.js';
import type { Prove } from './kinds.js';
import { proveAttachment, proveCopy, proveImage, proveSnapshot, proveVolume } from './proof-in-cloud.js';
import { proveDirectory, proveMounts } from './proof-on-vm.js';
import type { Claimant, Prover } from './prover.js';

/** What has no trace that could prove it: the OMI to register again is deleted, and its snapshots are products. */
const onlyByItsUser = (what: string, { header: { build, user } }: Claimant): { problem: string } => ({
  problem: `${what}: nothing proves that build ${build} replaced it; the next build of user ${user} takes care of it`,
});

/**
 * Root believes no ledger of another user: each kind of thing is read back from the cloud or the kernel, and what is
 * undone is what was found there, whatever the ledger says.
 */
const provers: { readonly [K in Kind]: Prover<K> } = {
  directory: proveDirectory,
  mounts: proveMounts,
  // Their undo looks for the build's own name alone, see steps/vm-room.ts and steps/room.ts.
  names: (data) => Promise.resolve({ data }),
  namespace: (data) => Promise.resolve({ data }),
  volume: proveVolume,
  attachment: proveAttachment,
  snapshot: proveSnapshot,
  image: proveImage,
  copy: proveCopy,
  replaced: ({ registration }, _, by) => Promise.resolve(onlyByItsUser(`OMI ${registration.ImageName}`, by)),
  discarded: ({ snapshots }, _, by) =>
    Promise.resolve(by.ledger.isFinalized ? onlyByItsUser(`snapshots ${snapshots.join(', ')}`, by) : 'gone'),
};

/**
 * The proofs for the ledger of another user.
 * @param age milliseconds since it was last written to
 */
export const proofFor =
  (written: Written, age: number): Prove =>
  async <K extends Kind>({ kind, data }: Claim<K>, tools: Tools, scope: 'local' | 'all') =>
    await provers[kind](data, tools, { ...written, age, scope });
