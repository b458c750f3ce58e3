import { BuildError } from '../../common/errors.js';
import { isAuthentication, isGone } from '../../outscale/errors.js';
import type { Tools } from '../../runtime/tools.js';

/**
 * Checks that a bucket exists and that the keys of the build may use it. Creates nothing.
 * @param option the option that names the bucket
 * @throws BuildError that names the option
 */
export async function requireBucket(
  option: string,
  { endpoint, bucket }: { readonly endpoint: string; readonly bucket: string },
  tools: Tools,
): Promise<void> {
  const store = (await tools.objectStore(endpoint)).with(tools.signal);
  try {
    await store.headBucket(bucket);
  } catch (error) {
    tools.signal.throwIfAborted();
    if (isGone(error))
      throw new BuildError(`${option}: bucket ${bucket} does not exist at ${endpoint}`, {
        hint: 'Create it in the region of this VM, or name another one.',
      });
    if (isAuthentication(error))
      throw new BuildError(`${option}: the keys of the build may not use bucket ${bucket} at ${endpoint}`, {
        hint: 'Use a bucket of the account that the keys belong to.',
      });
    throw new BuildError(`${option}: bucket ${bucket} cannot be checked`, { cause: error });
  }
}
