import { BuildError } from '../common/errors.js';
import type { Header } from '../ledger/lines.js';
import { accountOf } from '../outscale/calls/account.js';
import type { Tools } from '../runtime/tools.js';

/** The keys belong to another account than the build: resources that they do not find may exist. */
export class OtherAccountError extends BuildError {
  override name = 'OtherAccountError';
}

/**
 * Checks that the keys belong to the account of a build. @throws OtherAccountError, and the errors of the API
 */
export async function requireAccount(
  { build, account }: Header,
  { cloud }: Pick<Tools, 'cloud'>,
): Promise<void> {
  const actual = await accountOf(cloud);
  if (actual === account) return;
  throw new OtherAccountError(
    `Build ${build} belongs to account ${account}, but these keys belong to account ${actual}`,
    { hint: 'Use keys of the account in which the build started.' },
  );
}
