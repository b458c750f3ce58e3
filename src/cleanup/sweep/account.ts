import type { Image, Snapshot, Vm, Volume } from '../../outscale/api.js';
import { accountOf } from '../../outscale/calls/account.js';
import { readAll } from '../../outscale/calls/list-all.js';
import type { Cloud } from '../../outscale/client/client.js';

/** What an account has that builds may have made, and its VMs. */
export interface Account {
  readonly volumes: readonly Volume[];
  readonly snapshots: readonly Snapshot[];
  readonly images: readonly Image[];
  readonly vms: readonly Vm[];
}

/** Reads all of it: what died before its tags is known by its ClientToken alone, which no filter finds by its beginning. */
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
