import { BuildError } from '../common/errors.js';
import { endpointOf } from '../config/kit/endpoint.js';
import { isKnownRegion } from '../config/rules/regions.js';
import type { Elsewhere } from '../ledger/elsewhere.js';
import type { Tools } from '../runtime/tools.js';

/**
 * Requires that the API of a region in the ledger of another user is that of Outscale or of `omi_regions`:
 * whoever can write a ledger must not choose where root sends its signed requests.
 * @throws BuildError for any other one; else as Tools.findRegion
 */
export async function requireKnownApi({ region, endpoint }: Elsewhere, tools: Tools): Promise<void> {
  if (isKnownRegion(region) && endpoint === endpointOf(undefined, region)) return;
  const known = await tools.findRegion(region);
  if (endpoint !== known.endpoint)
    throw new BuildError(`Region ${region}: the ledger names the API ${endpoint}, not ${known.endpoint}`, {
      hint: 'Clean up as the user whose build it was.',
    });
}
