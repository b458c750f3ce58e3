import { BuildError } from '../common/errors.js';
import type { BuildConfig, ImageConfig } from '../config/options/table.js';
import { partitionGrowers } from '../host/disk/growth.js';
import { requirePrivileges, requireWritable } from '../host/exec/privileges.js';
import { everyBuild, requirePrograms } from '../host/exec/programs.js';
import { limitsIn } from '../host/exec/time-limits.js';
import { type FileToInject, filesToInject } from '../host/image/injected-files.js';
import type { VmFacts } from '../host/vm.js';
import type { Image } from '../outscale/api.js';
import { readImageNamed } from '../outscale/calls/lookups.js';
import { mapDevices, planDevices } from '../outscale/images/device-mappings.js';
import { isLarger, planVolume } from '../outscale/images/root-volume.js';
import type { Tools } from '../runtime/tools.js';
import type { Labels } from './labels.js';
import type { Source } from './source.js';

/** What a build stands on. */
export interface BuildContext {
  readonly account: string;
  readonly vm: VmFacts;
  /** None from scratch. */
  readonly source: Source | undefined;
  /** Whether the root is to grow, for the volume is larger than its source. */
  readonly grows: boolean;
}

/** What it is to end with, found good. */
export interface Target extends BuildContext {
  readonly labels: Labels;
  /** The OMI of the same name that makes way. */
  readonly replaces: Image | undefined;
}

/** What is needed to look for a source. @returns the account of the credentials */
export async function signIn(tools: Tools): Promise<string> {
  limitsIn(process.env);
  // One call alone first: after four refused signatures the API locks the key.
  const { Accounts } = await tools.cloud.call('ReadAccounts', {});
  const account = Accounts?.[0]?.AccountId;
  if (account === undefined) throw new BuildError('ReadAccounts names no account for these credentials');
  return account;
}

/**
 * Checks what is to become of the volume, as far as that can be done without making anything: devices, free name.
 * @throws BuildError for what is wrong, ApiError for what the API refuses.
 */
export async function checkTarget(
  config: ImageConfig,
  context: BuildContext,
  labels: Labels,
  tools: Tools,
): Promise<Target> {
  const { notices } = mapDevices(planDevices(config, context.source), { snapshot: '' });
  const replaces = config.skip_create_omi
    ? undefined
    : await findReplaced(config, labels.name, context.account, tools);
  for (const notice of notices) tools.report.notice(notice);
  return { ...context, labels, replaces };
}

/**
 * Checks VM, volume, programs, privileges and files. From here on things may be made.
 * @returns the files of the VM that the image is lent.
 * @throws as checkGoal
 */
export async function checkContext(
  { account, vm, source, grows }: BuildContext,
  config: Pick<BuildConfig, 'volume' | 'mount'>,
  tools: Tools,
): Promise<readonly FileToInject[]> {
  planVolume(config.volume, source?.root);
  // What growing needs beyond this depends on the filesystem, which only the volume tells.
  requirePrograms({ ...everyBuild, ...(grows ? partitionGrowers : {}) });
  requireWritable('mount_path', config.mount.mount_path);
  const lent = filesToInject(config.mount.copy_files, source === undefined);
  await Promise.all([requireVm(vm, tools), requirePrivileges()]);
  tools.report.info(`Account ${account}, ${vm.vmId} in ${vm.subregion}`);
  for (const notice of lent.notices) tools.report.notice(notice);
  if (source !== undefined) tools.report.output('source-omi-id', source.origin.id);
  tools.ledger.begin(account);
  return lent.files;
}

/** A source, or none, as what a build stands on. */
export const contextOf = (
  source: Source | undefined,
  { account, vm }: Pick<BuildContext, 'account' | 'vm'>,
  config: BuildConfig['volume'],
): BuildContext => ({
  account,
  vm,
  source,
  grows: config.grow_root && source !== undefined && isLarger(config, source.root),
});

async function requireVm(vm: VmFacts, tools: Tools): Promise<void> {
  const { Vms } = await tools.cloud.call('ReadVms', { Filters: { VmIds: [vm.vmId] } });
  if (Vms?.some(({ VmId }) => VmId === vm.vmId)) return;
  throw new BuildError(`the account has no VM ${vm.vmId} in region ${vm.region}`, {
    hint: 'The credentials must be those of the account that this VM belongs to.',
  });
}

/** The OMI of this account that has the name already, if it may be replaced and could be registered again. */
async function findReplaced(
  config: ImageConfig,
  name: string,
  account: string,
  tools: Tools,
): Promise<Image | undefined> {
  const taken = await readImageNamed(tools.cloud, name, account);
  if (!taken) return undefined;
  const { ImageId: id } = taken;
  if (!config.force_deregister) {
    throw new BuildError(`omi_name: this account has an OMI named ${name} already (${id})`, {
      hint: 'Choose another name, for example with {{timestamp}} in it, or set force_deregister.',
    });
  }
  const why = taken.SecureBoot
    ? 'it has SecureBoot, which no registration can set'
    : taken.State !== 'available'
      ? `it is ${taken.State}`
      : taken.BlockDeviceMappings?.some(({ Bsu }) => Bsu?.SnapshotId) !== true
        ? 'what it maps is not told'
        : undefined;
  if (why === undefined) return taken;
  throw new BuildError(`force_deregister: ${id} could not be registered again if this build fails: ${why}`, {
    hint: 'Delete it yourself, or choose another omi_name.',
  });
}
