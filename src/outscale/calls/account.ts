import type { Cloud } from '../client/client.js';
import { isRefused } from '../errors.js';
import { ownershipTags } from '../ownership.js';

/** The account ID where nothing names the account. */
export const unknownAccount = '';

/**
 * The account that the credentials belong to. ReadAccounts may be refused by a policy, and other API servers
 * do not serve it or name no account. Then the network interfaces of this VM name it, else a snapshot that a
 * build on this VM has tagged. Call it before parallel calls: after four refused signatures the API locks the
 * access key.
 * @param vm the ID of a VM of the account; undefined or empty if none is known
 * @returns `unknownAccount` if nothing names it
 * @throws ApiError if the API refuses the credentials, or another call than ReadAccounts
 */
export async function accountOf(cloud: Cloud, vm: string | undefined): Promise<string> {
  const account = await fromAccounts(cloud);
  if (account !== undefined || !vm) return account ?? unknownAccount;
  return (await fromVm(cloud, vm)) ?? (await fromSnapshots(cloud, vm)) ?? unknownAccount;
}

async function fromAccounts(cloud: Cloud): Promise<string | undefined> {
  try {
    const { Accounts } = await cloud.call('ReadAccounts', {});
    return Accounts?.[0]?.AccountId;
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}

/** The owner of the network interfaces of a VM is the owner of the VM (schema NicLight). */
async function fromVm(cloud: Cloud, vm: string): Promise<string | undefined> {
  const { Vms = [] } = await cloud.call('ReadVms', { Filters: { VmIds: [vm] } });
  const own = Vms.find(({ VmId }) => VmId === vm);
  return own?.Nics?.find(({ AccountId }) => AccountId !== undefined)?.AccountId;
}

/** Only the owner of a snapshot can tag it with the ID of the VM. */
async function fromSnapshots(cloud: Cloud, vm: string): Promise<string | undefined> {
  const Filters = { Tags: [`${ownershipTags.vm}=${vm}`] };
  const { Snapshots = [] } = await cloud.call('ReadSnapshots', { Filters });
  const own = Snapshots.find(({ Tags }) =>
    Tags?.some(({ Key, Value }) => Key === ownershipTags.vm && Value === vm),
  );
  return own?.AccountId;
}
