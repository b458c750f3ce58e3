import { BuildError } from '../../common/errors.js';
import type { Image, Snapshot, Vm } from '../../outscale/api.js';
import { accountOf, unknownAccount } from '../../outscale/calls/account.js';
import { readAll } from '../../outscale/calls/list-all.js';
import type { Cloud } from '../../outscale/client/client.js';

/** The OMIs and snapshots of an account in a region, and its VMs there, which may use them. */
export interface Inventory {
  readonly account: string;
  readonly images: readonly Image[];
  readonly snapshots: readonly Snapshot[];
  readonly vms: readonly Vm[];
}

/** What the lists must contain. A list without it is not complete: it does not show what uses an OMI. */
interface Expected {
  /** A VM of the account in the region; undefined if none is known. */
  readonly vm: string | undefined;
  /** Whether the account has a VM in the region, known or not. */
  readonly hasVm: boolean;
  /** The OMI that stays; undefined if a build has yet to create it. */
  readonly image: string | undefined;
}

/**
 * Reads all pages of the lists.
 * @param cloud the API of the region
 * @throws BuildError if the account is unknown, or a list lacks what it must contain; what `readAll` throws
 */
export async function readInventory(cloud: Cloud, expected: Expected): Promise<Inventory> {
  const { vm, hasVm, image } = expected;
  const account = await accountOf(cloud, vm);
  if (account === unknownAccount)
    throw new BuildError('the account is unknown', {
      hint: 'Allow api:ReadAccounts to the user that the keys belong to.',
    });
  const own = { Filters: { AccountIds: [account] } };
  const [images, snapshots, vms] = await Promise.all([
    readAll(cloud, 'ReadImages', own),
    readAll(cloud, 'ReadSnapshots', own),
    readAll(cloud, 'ReadVms', {}),
  ]);
  if (vm === undefined && hasVm && vms.length === 0)
    throw new BuildError('ReadVms lists no VM, so nothing shows which OMIs are in use', {
      hint: 'Run it on a VM of the account, or name one with vm_id.',
    });
  if (vm !== undefined && !vms.some(({ VmId }) => VmId === vm))
    throw new BuildError(`ReadVms does not list ${vm}: its answer is not complete`);
  if (image !== undefined && !images.some(({ ImageId }) => ImageId === image))
    throw new BuildError(`ReadImages does not list ${image}: its answer is not complete`);
  return { account, images, snapshots, vms };
}
