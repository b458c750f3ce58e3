import { BuildError } from '../common/errors.js';
import type { Header } from '../ledger/lines.js';
import { accountOf, unknownAccount } from '../outscale/calls/account.js';
import type { Cloud } from '../outscale/client/client.js';
import type { Tools } from '../runtime/tools.js';

/** The keys belong to another account than the build: resources that they do not find may exist. */
export class OtherAccountError extends BuildError {
  override name = 'OtherAccountError';
}

/**
 * Checks that the keys belong to the account of a build. @throws OtherAccountError, and the errors of the API
 */
export async function requireAccount(header: Header, { cloud }: Pick<Tools, 'cloud'>): Promise<void> {
  const { build, account, vm } = header;
  const actual = await accountOf(cloud, vm);
  if (await isOfAccount(header, actual, cloud)) return;
  if (actual !== unknownAccount && account !== unknownAccount)
    throw new OtherAccountError(
      `Build ${build} belongs to account ${account}, but these keys belong to account ${actual}`,
      { hint: 'Use keys of the account in which the build started.' },
    );
  throw new OtherAccountError(
    `Nothing proves that these keys belong to the account of build ${build}: ReadVms does not list its VM ${vm}`,
    { hint: 'Use keys of the account in which the build started, and allow api:ReadAccounts.' },
  );
}

/**
 * Whether a build belongs to the account of the keys. If one of the two is unknown, the VM of the build
 * proves it: a build runs on a VM of its own account.
 * @param actual the account of the keys, as `accountOf` returns it
 */
export async function isOfAccount({ account, vm }: Header, actual: string, cloud: Cloud): Promise<boolean> {
  if (actual !== unknownAccount && account !== unknownAccount) return actual === account;
  const { Vms = [] } = await cloud.call('ReadVms', { Filters: { VmIds: [vm] } });
  return Vms.some(({ VmId }) => VmId === vm);
}
