import { BuildError } from '../../common/errors.js';
import type { Claim } from '../../ledger/claims.js';
import { isRefused } from '../../outscale/errors.js';
import { ownershipTags } from '../../outscale/ownership.js';
import { type Resource, retract } from '../../runtime/resource.js';
import type { Tools } from '../../runtime/tools.js';
import type { BuildVolume } from '../volume.js';

/** The volume as a product. Unless it becomes final, its output is cleared at the end of the block. */
export interface KeptVolume extends Disposable {
  /** To finalize with the other products. */
  readonly claims: readonly Claim<'volume'>[];
}

const refusal = (): BuildError =>
  new BuildError(
    'keep_volume: the API refused the tag that marks the volume as a result, so sweep would delete it',
    { hint: 'Allow api:CreateTags for the tags of build-omi, or remove keep_volume.' },
  );

/**
 * Checks before provisioning whether the volume can be marked as a product. Releases it if not.
 * @throws BuildError if the API has refused its ownership tags
 */
export async function requireKeepable(volume: Resource<BuildVolume>): Promise<void> {
  if (volume.value.isTagged !== false) return;
  await volume[Symbol.asyncDispose]();
  throw refusal();
}

/**
 * Tags the volume as a product, so that cleanup never treats it as left by an orphaned build. It stays a
 * temporary resource until its claim is finalized.
 * @throws BuildError if the API refuses the tag; ApiError if it does not answer
 */
export async function keepVolume({ id }: BuildVolume, tools: Tools): Promise<KeptVolume> {
  return await tools.report.phase('Keep volume', async () => {
    const Tags = [{ Key: ownershipTags.state, Value: 'kept' }];
    await tools.cloud.call('CreateTags', { ResourceIds: [id], Tags }).catch((error: unknown) => {
      tools.onFailure();
      throw isRefused(error) ? refusal() : error;
    });
    tools.report.output('volume-id', id);
    tools.report.result(`${id}: kept`);
    const claims = tools.ledger.openOf('volume');
    return {
      claims,
      [Symbol.dispose]: () => {
        const stays = tools.ledger.isFinalized || claims.some((claim) => tools.ledger.isRetained(claim));
        if (!stays) retract(tools, ['volume-id', '']);
      },
    };
  });
}
