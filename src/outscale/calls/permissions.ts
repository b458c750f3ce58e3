import type { PermissionsOnResource } from '../api.js';

/** With whom something is to be shared, as a request to add it; undefined when with nobody. */
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

/** With whom something was to be shared and is not; nobody, where the answer says nothing about it. */
export function missingShares(
  asked: PermissionsOnResource,
  found: PermissionsOnResource | undefined,
): string[] {
  if (found === undefined) return [];
  const there = listShares(found);
  return listShares(asked).filter((one) => !there.includes(one));
}
