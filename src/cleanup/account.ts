import { BuildError } from '../common/errors.js';
import type { Header } from '../ledger/lines.js';
import type { Tools } from '../runtime/tools.js';

type Asking = Pick<Tools, 'cloud'>;

/** Keys of another account than the build's: what they do not find may well be there. */
export class OtherAccountError extends BuildError {
  override name = 'OtherAccountError';
}

/** @throws OtherAccountError, and what the API answers when it cannot be asked. */
export async function requireAccount({ build, account }: Header, tools: Asking): Promise<void> {
  const accounts = await accountsOf(tools);
  if (accounts.includes(account)) return;
  throw new OtherAccountError(
    `build ${build} is of account ${account}, and these keys are of account ${accounts.join(', ')}`,
    { hint: 'Give the keys of the account that the build began with.' },
  );
}

/** The account of the keys. */
export async function accountsOf({ cloud }: Asking): Promise<string[]> {
  const { Accounts = [] } = await cloud.call('ReadAccounts', {});
  return Accounts.flatMap(({ AccountId }) => AccountId ?? []);
}
