import { BuildError } from '../../common/errors.js';
import type { Cloud } from '../client/client.js';

/**
 * The account that the credentials belong to. Call it before parallel calls: after four refused signatures
 * the API locks the access key.
 * @throws BuildError if the API names no account; ApiError if it refuses the credentials.
 */
export async function accountOf(cloud: Cloud): Promise<string> {
  const { Accounts } = await cloud.call('ReadAccounts', {});
  const id = Accounts?.[0]?.AccountId;
  if (id !== undefined) return id;
  throw new BuildError('ReadAccounts: the response names no account for these credentials');
}
