import { conflict } from '../model/errors.js';
import type { Idempotency } from '../model/world.js';
import type { Caller } from './context.js';

interface Repeatable {
  readonly account: string;
  readonly once?: Idempotency;
  readonly deleted?: number;
}

/**
 * `ClientToken`, "a unique identifier which enables you to manage the idempotency": a repeated request with
 * the same token returns the existing resource. The same token with other parameters is refused (an
 * assumption: the description does not specify it).
 */
export function idempotency<T extends Repeatable>(
  all: Record<string, T>,
  request: { readonly ClientToken?: string | undefined; readonly DryRun?: boolean | undefined },
  caller: Caller,
): { earlier?: T; once?: Idempotency } {
  const { ClientToken: token, DryRun: _, ...parameters } = request;
  if (token === undefined) return {};
  const asked = JSON.stringify(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
  const earlier = Object.values(all).find(
    ({ account, once, deleted }) =>
      account === caller.account && once?.token === token && deleted === undefined,
  );
  if (earlier === undefined) return { once: { token, asked } };
  if (earlier.once?.asked !== asked)
    throw conflict(`ClientToken '${token}' was used before with other parameters.`);
  return { earlier };
}
