import { describe } from '../../common/errors.js';
import type { Claims } from '../../ledger/claims.js';
import { deleteImage } from '../../outscale/calls/delete.js';
import { findLate } from '../../outscale/calls/late.js';
import { readImage } from '../../outscale/calls/lookups.js';
import { deleteSnapshots } from '../../runtime/delete-snapshots.js';
import { acquire, noting, type Undo } from '../../runtime/resource.js';
import type { Tools } from '../../runtime/tools.js';

/** An older OMI of a family, and the snapshots that builds created for it. */
interface Expired {
  readonly id: string;
  readonly name: string;
  readonly snapshots: readonly string[];
}

/**
 * Deregisters an OMI, and then deletes its snapshots. If one cannot be deleted, that is a warning, and the
 * claim stays open.
 * @returns the snapshots that were deleted
 * @throws ApiError if the OMI was not deregistered
 */
export async function removeExpired({ id, name, snapshots }: Expired, tools: Tools): Promise<string[]> {
  const deleted: string[] = [];
  const undo: Undo<'expired'> = {
    ...undoExpired,
    run: async (expired, own) => void deleted.push(...(await finish(expired, own))),
  };
  const known = { image: id, name, snapshots: [...snapshots] };
  let isGone = false;
  try {
    await using _removed = await acquire(
      tools,
      'expired',
      known,
      async (claim) => {
        await deleteImage(tools.cloud, id, noting(claim, tools.ledger));
        tools.ledger.update(claim, { deleted: true });
        isGone = true;
        tools.report.info(`Deregistered ${id} ${name}`);
      },
      undo,
    );
  } catch (error) {
    if (!isGone) throw error;
    tools.report.warn(`${undo.title(known)}: ${describe(error)}`);
  }
  return deleted;
}

export const undoExpired: Undo<'expired'> = {
  title: ({ image }) => `Delete the snapshots of ${image}`,
  run: async (expired, tools) => void (await finish(expired, tools)),
};

/** Deletes the snapshots if the OMI is deregistered. @returns those that were deleted */
async function finish(expired: Claims['expired'], tools: Tools): Promise<string[]> {
  if (!(await isDeregistered(expired, tools))) return [];
  const deleted = await deleteSnapshots(expired, tools);
  if (deleted.length > 0) tools.report.info(`Deleted ${deleted.join(', ')} of ${expired.image}`);
  return deleted;
}

/**
 * Whether the OMI does not exist any more. One whose deregistration was not requested, or was refused, stays:
 * the next retention of its family decides again, because a VM may use it by then.
 * @throws PendingError while the API may still carry out a request without a response
 */
async function isDeregistered({ image, asked, deleted }: Claims['expired'], tools: Tools): Promise<boolean> {
  if (deleted === true) return true;
  if (asked === undefined) return false;
  const isGone = await findLate({
    what: `The deletion of OMI ${image}`,
    asked,
    find: async () => ((await readImage(tools.cloud, image)) === undefined ? true : undefined),
    shortTimeouts: tools.shortTimeouts,
    signal: tools.signal,
  });
  return isGone === true;
}
