import { BuildError } from '../../common/errors.js';
import type { Image, Snapshot, Vm, Volume } from '../../outscale/api.js';
import { accountOf, unknownAccount } from '../../outscale/calls/account.js';
import { readAll } from '../../outscale/calls/list-all.js';
import type { Cloud } from '../../outscale/client/client.js';

/** The resources of an account that builds may have created, and its VMs. */
export interface Account {
  readonly volumes: readonly Volume[];
  readonly snapshots: readonly Snapshot[];
  readonly images: readonly Image[];
  readonly vms: readonly Vm[];
}

/**
 * Reads all resources: one without tags has only its ClientToken, and no filter matches a prefix of it.
 * @param vm the ID of this VM
 * @throws BuildError if the account is unknown: a list without that filter contains resources of others
 */
export async function readAccount(cloud: Cloud, vm: string): Promise<Account> {
  const id = await accountOf(cloud, vm);
  if (id === unknownAccount)
    throw new BuildError('ReadAccounts names no account, and nothing else does', {
      hint: 'Allow api:ReadAccounts to the user that the keys belong to.',
    });
  const own = { Filters: { AccountIds: [id] } };
  const [volumes, snapshots, images, vms] = await Promise.all([
    readAll(cloud, 'ReadVolumes', {}),
    readAll(cloud, 'ReadSnapshots', own),
    readAll(cloud, 'ReadImages', own),
    readAll(cloud, 'ReadVms', {}),
  ]);
  return { volumes, snapshots, images, vms };
}
