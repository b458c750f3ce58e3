import type { PermissionsChange, PermissionsOnResource } from '../../outscale/api.js';
import { invalid, missing } from '../model/errors.js';
import type { Permissions } from '../model/world.js';

interface Shared {
  readonly account: string;
  readonly permissions: Permissions;
}

export const isPrivate = (): Permissions => ({ accountIds: [], global: false });

/** Whether an account may use a resource: it owns it, or the resource is public or shared with it. */
export const mayUse = ({ account, permissions }: Shared, caller: string): boolean =>
  account === caller || permissions.global || permissions.accountIds.includes(caller);

/** Schema `PermissionsOnResource`. */
export const showPermissions = ({ accountIds, global }: Permissions): PermissionsOnResource => ({
  AccountIds: [...accountIds],
  GlobalPermission: global,
});

/** "Specify either the `Additions` or the `Removals` parameter." Returns the change to make. */
export function checkPermissions(
  name: string,
  change: PermissionsChange,
): (permissions: Permissions) => void {
  const { Additions, Removals } = change;
  if (Additions && Removals) throw invalid(name, 'set Additions or Removals, not both');
  const given = Additions ?? Removals;
  if (!given) throw missing(`${name}.Additions`);
  const ids = given.AccountIds ?? [];
  if (ids.some((id) => !/^\d{12}$/.test(id)))
    throw invalid(`${name}.AccountIds`, 'account IDs have 12 digits');
  return (permissions) => {
    const others = permissions.accountIds.filter((id) => !ids.includes(id));
    permissions.accountIds = Additions ? [...others, ...ids] : others;
    if (given.GlobalPermission) permissions.global = Additions !== undefined;
  };
}
