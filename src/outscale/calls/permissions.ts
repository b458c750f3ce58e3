import type { PermissionsOnResource } from '../api.js';

/**
 * The permissions to add for a list of accounts and the public; undefined if there are none.
 * @param owner the account of the resource, which needs no permission: the API may refuse to add it, and may
 *   not list it
 */
export function sharedWith(
  listed: readonly string[],
  everybody: boolean,
  owner: string,
): PermissionsOnResource | undefined {
  const accounts = [...new Set(listed)].filter((id) => id !== owner);
  if (accounts.length === 0 && !everybody) return undefined;
  return {
    ...(accounts.length === 0 ? {} : { AccountIds: accounts }),
    ...(everybody ? { GlobalPermission: true } : {}),
  };
}

const listShares = ({ AccountIds = [], GlobalPermission }: PermissionsOnResource): string[] => [
  ...(GlobalPermission === true ? ['everybody'] : []),
  ...AccountIds,
];

export const describeShares = (shared: PermissionsOnResource): string => listShares(shared).join(', ');

/**
 * Whether a resource has exactly these permissions; the owner's own do not count. A response without
 * permissions shows none.
 */
export function sameShares(
  asked: PermissionsOnResource | undefined,
  found: PermissionsOnResource | undefined,
  owner: string,
): boolean {
  const [one, other] = [asked ?? {}, found ?? {}].map((shared) =>
    [...new Set(listShares(shared))].filter((id) => id !== owner).toSorted(),
  );
  return one?.join() === other?.join();
}

/** The requested permissions that are missing; none if the response contains no permissions. */
export function missingShares(
  asked: PermissionsOnResource,
  found: PermissionsOnResource | undefined,
): string[] {
  if (found === undefined) return [];
  const there = listShares(found);
  return listShares(asked).filter((one) => !there.includes(one));
}
