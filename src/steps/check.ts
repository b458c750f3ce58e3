import type { BuildConfig } from '../config/table.js';
import { BuildError } from '../errors.js';
import { missingPrograms } from '../host/programs.js';
import type { VmFacts } from '../host/vm.js';
import type { BsuToCreate, Image } from '../outscale/api.js';
import { readImage, readImageNamed } from '../outscale/lookups.js';
import type { Tools } from '../tools.js';

/** What a build stands on, looked up and found good before anything is made. */
export interface Ground {
  readonly account: string;
  readonly vm: VmFacts;
  readonly source: Source;
  /** The name of the new OMI. */
  readonly name: string;
}

/** The OMI that a build starts from. */
export interface Source {
  readonly image: Image;
  readonly origin: { readonly id: string; readonly name?: string };
  readonly rootDevice: string;
  /** The snapshot of its root, with what the source maps for it. */
  readonly root: BsuToCreate & { readonly SnapshotId: string };
}

/**
 * Checks everything that can be checked without making anything: programs, credentials, VM, source, free name.
 * @throws BuildError for what is wrong, ApiError for what the API refuses.
 */
export async function check(config: BuildConfig, vm: VmFacts, tools: Tools): Promise<Ground> {
  return await tools.report.phase('Check', async () => {
    const missing = missingPrograms();
    if (missing.length > 0) throw new BuildError(`programs are missing on this VM: ${missing.join(', ')}`);
    // One call alone first: after four refused signatures the API locks the key.
    const account = await accountOf(tools);
    const name = config.image.omi_name;
    const sourceId = config.source.source_omi;
    if (sourceId === undefined) throw new BuildError('source_omi: is missing');
    const [source] = await Promise.all([
      findSource(sourceId, tools),
      requireVm(vm, tools),
      requireFreeName(name, account, tools),
    ]);
    tools.report.info(`Account ${account}, ${vm.vmId} in ${vm.subregion}`);
    tools.report.info(`Source ${source.origin.id} ${source.origin.name ?? ''}`.trimEnd());
    tools.report.output('source-omi-id', source.origin.id);
    tools.ledger.begin(account);
    return { account, vm, source, name };
  });
}

async function accountOf(tools: Tools): Promise<string> {
  const { Accounts } = await tools.cloud.call('ReadAccounts', {});
  const account = Accounts?.[0]?.AccountId;
  if (account === undefined) throw new BuildError('ReadAccounts names no account for these credentials');
  return account;
}

async function requireVm(vm: VmFacts, tools: Tools): Promise<void> {
  const { Vms } = await tools.cloud.call('ReadVms', { Filters: { VmIds: [vm.vmId] } });
  if (Vms?.some(({ VmId }) => VmId === vm.vmId)) return;
  throw new BuildError(`the account has no VM ${vm.vmId} in region ${vm.region}`, {
    hint: 'The credentials must be those of the account that this VM belongs to.',
  });
}

async function requireFreeName(name: string, account: string, tools: Tools): Promise<void> {
  const taken = await readImageNamed(tools.cloud, name, account);
  if (!taken) return;
  throw new BuildError(`omi_name: this account has an OMI named ${name} already (${taken.ImageId})`, {
    hint: 'Choose another name, for example with {{timestamp}} in it.',
  });
}

async function findSource(id: string, tools: Tools): Promise<Source> {
  const image = await readImage(tools.cloud, id);
  if (!image) throw new BuildError(`source_omi: there is no OMI ${id} that this account may use`);
  if (image.State !== 'available') throw new BuildError(`source_omi: ${id} is ${image.State}, not available`);
  requireArchitecture(image);
  const rootDevice = image.RootDeviceName ?? '/dev/sda1';
  const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === rootDevice)?.Bsu;
  if (root?.SnapshotId === undefined)
    throw new BuildError(`source_omi: ${id} maps no snapshot as its root ${rootDevice}`);
  return {
    image,
    origin: { id, ...(image.ImageName === undefined ? {} : { name: image.ImageName }) },
    rootDevice,
    root: { ...root, SnapshotId: root.SnapshotId },
  };
}

/** What an OMI's architecture must be to run on this VM: x86_64 processors also run i386. */
function requireArchitecture({ ImageId, Architecture }: Image): void {
  const able: readonly string[] = process.arch === 'x64' ? ['x86_64', 'i386'] : [process.arch];
  if (Architecture === undefined || able.includes(Architecture)) return;
  throw new BuildError(
    `source_omi: ${ImageId} is for ${Architecture}, which this VM (${able.join(', ')}) cannot run`,
  );
}
