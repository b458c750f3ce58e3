import type { PermissionsOnResource } from '../api.js';

/** The permissions to add for a list of accounts and the public; undefined if there are none. */
export function sharedWith(
  accounts: readonly string[],
  everybody: boolean,
): PermissionsOnResource | undefined {
  if (accounts.length === 0 && !everybody) return undefined;
  return {
    ...(accounts.length === 0 ? {} : { AccountIds: [...new Set(accounts)] }),
    ...(everybody ? { GlobalPermission: true } : {}),
  };
}

const listShares = ({ AccountIds = [], GlobalPermission }: PermissionsOnResource): string[] => [
  ...(GlobalPermission === true ? ['everybody'] : []),
  ...AccountIds,
];

export const describeShares = (shared: PermissionsOnResource): string => listShares(shared).join(', ');

/** The requested permissions that are missing; none if the response contains no permissions. */
export function missingShares(
  asked: PermissionsOnResource,
  found: PermissionsOnResource | undefined,
): string[] {
  if (found === undefined) return [];
  const there = listShares(found);
  return listShares(asked).filter((one) => !there.includes(one));
}
