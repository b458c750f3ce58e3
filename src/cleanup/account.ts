import { BuildError } from '../common/errors.js';
import type { Header } from '../ledger/lines.js';
import { accountOf } from '../outscale/calls/account.js';
import type { Tools } from '../runtime/tools.js';

/** Keys of another account than the build's: what they do not find may well be there. */
export class OtherAccountError extends BuildError {
  override name = 'OtherAccountError';
}

/** @throws OtherAccountError, and what the API answers when it cannot be asked. */
export async function requireAccount(
  { build, account }: Header,
  { cloud }: Pick<Tools, 'cloud'>,
): Promise<void> {
  const actual = await accountOf(cloud);
  if (actual === account) return;
  throw new OtherAccountError(
    `build ${build} is of account ${account}, and these keys are of account ${actual}`,
    { hint: 'Give the keys of the account that the build began with.' },
  );
}
