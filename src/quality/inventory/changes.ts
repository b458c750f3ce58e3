import type { Inventory, Package } from './types.js';

/** What a build changed in an image. A part that one of the inventories lacks is empty. */
export interface Changes {
  readonly packages: {
    readonly added: readonly Package[];
    readonly removed: readonly Package[];
    readonly updated: readonly (Package & { readonly from: string })[];
  };
  readonly units: Difference;
  readonly users: Difference;
  readonly groups: Difference;
  readonly setuid: Difference;
  readonly kernels: Difference;
  /** Change of the used bytes of the root filesystem. */
  readonly bytes: number;
}

interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Compares two inventories of an image. */
export const changesBetween = (before: Inventory, after: Inventory): Changes => ({
  packages: packageChanges(before.packages, after.packages),
  units: difference(before.units, after.units),
  users: difference(before.users, after.users),
  groups: difference(before.groups, after.groups),
  setuid: difference(before.setuid, after.setuid),
  kernels: difference(before.kernels, after.kernels),
  bytes: after.usedBytes - before.usedBytes,
});

function difference(before: readonly string[] | undefined, after: readonly string[] | undefined): Difference {
  if (before === undefined || after === undefined) return { added: [], removed: [] };
  const [old, now] = [new Set(before), new Set(after)];
  return { added: after.filter((one) => !old.has(one)), removed: before.filter((one) => !now.has(one)) };
}

/**
 * A package with the same name, architecture and another version is updated. Of some packages, such as
 * kernels of rpm, several versions can be installed at once.
 */
function packageChanges(
  // An image without a package database may get one, as from scratch.
  before: readonly Package[] = [],
  after: readonly Package[] = [],
): Changes['packages'] {
  const exact = ({ name, architecture, version }: Package): string => `${name} ${architecture} ${version}`;
  const key = ({ name, architecture }: Package): string => `${name} ${architecture}`;
  const [old, now] = [new Set(before.map(exact)), new Set(after.map(exact))];
  const appeared = after.filter((one) => !old.has(exact(one)));
  const gone = new Map(before.filter((one) => !now.has(exact(one))).map((one) => [key(one), one]));
  const added: Package[] = [];
  const updated: (Package & { from: string })[] = [];
  for (const one of appeared) {
    const earlier = gone.get(key(one));
    gone.delete(key(one));
    if (earlier === undefined) added.push(identityOf(one));
    else updated.push({ ...identityOf(one), from: earlier.version });
  }
  return { added, removed: [...gone.values()].map(identityOf), updated };
}

/** A package without its license, of which the SBOM is the place. */
const identityOf = ({ name, version, architecture }: Package): Package => ({ name, version, architecture });
