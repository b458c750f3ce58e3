import type { Image, Snapshot, Vm, Volume } from '../../outscale/api.js';
import { accountOf } from '../../outscale/calls/account.js';
import { readAll } from '../../outscale/calls/list-all.js';
import type { Cloud } from '../../outscale/client/client.js';

/** The resources of an account that builds may have created, and its VMs. */
export interface Account {
  readonly volumes: readonly Volume[];
  readonly snapshots: readonly Snapshot[];
  readonly images: readonly Image[];
  readonly vms: readonly Vm[];
}

/** Reads all resources: one without tags has only its ClientToken, and no filter matches a prefix of it. */
export async function readAccount(cloud: Cloud): Promise<Account> {
  const id = await accountOf(cloud);
  const own = { Filters: { AccountIds: [id] } };
  const [volumes, snapshots, images, vms] = await Promise.all([
    readAll(cloud, 'ReadVolumes', {}),
    readAll(cloud, 'ReadSnapshots', own),
    readAll(cloud, 'ReadImages', own),
    readAll(cloud, 'ReadVms', {}),
  ]);
  return { volumes, snapshots, images, vms };
}
