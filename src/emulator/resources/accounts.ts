import type { RequestOf, ResponseOf } from '../../outscale/api.js';
import type { Call } from './context.js';

/** "Gets information about the account that sent the request." (schema `Account`) */
export const readAccounts: Call<RequestOf<'ReadAccounts'>, ResponseOf<'ReadAccounts'>> =
  (_request, { account }) =>
  () => ({ Accounts: [{ AccountId: account, CustomerId: account }] });
