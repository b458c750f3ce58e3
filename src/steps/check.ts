import { BuildError } from '../common/errors.js';
import type { BuildConfig, ImageConfig } from '../config/options/table.js';
import { partitionGrowers } from '../host/disk/growth.js';
import { requirePrivileges, requireWritable } from '../host/exec/privileges.js';
import { everyBuild, requirePrograms } from '../host/exec/programs.js';
import { limitsIn } from '../host/exec/time-limits.js';
import { type FileToInject, filesToInject } from '../host/image/injected-files.js';
import { withLock } from '../host/lock.js';
import type { VmFacts } from '../host/vm.js';
import type { Image } from '../outscale/api.js';
import { accountOf, unknownAccount } from '../outscale/calls/account.js';
import { readImageNamed } from '../outscale/calls/lookups.js';
import { mapDevices, planDevices } from '../outscale/images/device-mappings.js';
import { planVolume } from '../outscale/images/root-volume.js';
import { registersImage } from '../runtime/registers-image.js';
import { nameLock, type Tools } from '../runtime/tools.js';
import type { BuildContext, Target } from './build-context.js';
import type { Labels } from './labels.js';

/** Checks the time limits and the credentials. @returns the account of the credentials; see `accountOf` */
export async function signIn({ vmId }: VmFacts, tools: Tools): Promise<string> {
  limitsIn(process.env);
  return await accountOf(tools.checkCloud, vmId);
}

/**
 * Checks the OMI to create, without creating anything: its block device mappings, and that its name is free.
 * @throws BuildError for an invalid mapping or a name in use; ApiError if the API refuses a call.
 */
export async function checkTarget(
  config: ImageConfig,
  context: BuildContext,
  labels: Labels,
  tools: Tools,
): Promise<Target> {
  const { notices } = mapDevices(planDevices(config, context.source), { snapshot: '' });
  const replaces = registersImage(config)
    ? await findReplaced(config, labels.name, context.account, tools)
    : undefined;
  for (const notice of notices) tools.report.notice(notice);
  return { ...context, labels, replaces };
}

/**
 * Checks VM, volume, programs, privileges and files. After it the build may create resources.
 * @returns the files of the VM to inject into the image
 * @throws BuildError for the first failed check; ApiError if the API refuses a call.
 */
export async function checkContext(
  { vm, source, growth }: BuildContext,
  config: Pick<BuildConfig, 'volume' | 'mount'>,
  tools: Tools,
): Promise<readonly FileToInject[]> {
  planVolume(config.volume, source?.root);
  // Growing needs more programs, depending on the filesystem, which is not known before the volume exists.
  requirePrograms({ ...everyBuild, ...(growth === 'required' ? partitionGrowers : {}) });
  requireWritable('mount_path', config.mount.mount_path);
  const injected = filesToInject(config.mount.copy_files, source === undefined);
  await Promise.all([requireVm(vm, tools), requirePrivileges()]);
  for (const notice of injected.notices) tools.report.notice(notice);
  if (source !== undefined && source.file === undefined)
    tools.report.output('source-omi-id', source.origin.id);
  return injected.files;
}

/** A name, and the account in which it is to be registered. */
type ClaimedName = Pick<Target, 'account'> & { readonly labels: Pick<Labels, 'name'> };

/**
 * Records the name of the OMI in the ledger, unless another build on this VM is to register an OMI of the
 * same name: the API would refuse the second OMI at the end of its build. With `force_deregister` the second
 * build may replace it.
 * @throws BuildError if another build uses the name.
 */
export async function claimName(
  { labels: { name }, account }: ClaimedName,
  config: Pick<ImageConfig, 'force_deregister' | 'skip_create_omi' | 'keep_volume'>,
  tools: Tools,
): Promise<void> {
  if (!registersImage(config)) return;
  await withLock(nameLock(tools), async () => {
    await requireUnclaimedName({ labels: { name }, account }, config, tools);
    tools.ledger.nameImage(name);
  });
}

/** @throws BuildError if another build on this VM is to register an OMI of the same name; see `claimName`. */
export async function requireUnclaimedName(
  { labels: { name }, account }: ClaimedName,
  config: Pick<ImageConfig, 'force_deregister' | 'skip_create_omi' | 'keep_volume'>,
  tools: Tools,
): Promise<void> {
  if (!registersImage(config) || config.force_deregister) return;
  const other = (await tools.build.namesInUse(account)).get(name);
  if (other === undefined) return;
  throw new BuildError(
    `omi_name: build ${other}, which is running on this VM, registers an OMI named ${name}`,
    {
      hint: 'Wait until that build has ended, or choose another name, for example with {{timestamp}} in it.',
    },
  );
}

async function requireVm(vm: VmFacts, tools: Tools): Promise<void> {
  const { Vms } = await tools.checkCloud.call('ReadVms', { Filters: { VmIds: [vm.vmId] } });
  if (Vms?.some(({ VmId }) => VmId === vm.vmId)) return;
  throw new BuildError(`the account has no VM ${vm.vmId} in region ${vm.region}`, {
    hint: 'Use credentials of the account that owns this VM.',
  });
}

/**
 * The OMI of this account that already has the name, if any.
 * @throws BuildError unless it may be replaced, and could be registered again after a failure.
 */
export async function findReplaced(
  config: ImageConfig,
  name: string,
  account: string,
  tools: Tools,
): Promise<Image | undefined> {
  const existing = await readImageNamed(tools.cloud, name, account);
  if (!existing) return undefined;
  const { ImageId: id } = existing;
  if (account === unknownAccount)
    throw new BuildError(
      `omi_name: OMI ${id} has the name ${name}, and it is unknown whether it belongs to this account`,
      { hint: 'Choose another name, or allow api:ReadAccounts to the user that the keys belong to.' },
    );
  if (!config.force_deregister) {
    throw new BuildError(`omi_name: this account already has an OMI named ${name} (${id})`, {
      hint: 'Choose another name, for example with {{timestamp}} in it, or set force_deregister.',
    });
  }
  const why = existing.SecureBoot
    ? 'it has SecureBoot, which CreateImage cannot set'
    : existing.State !== 'available'
      ? `it is ${existing.State}`
      : existing.BlockDeviceMappings?.some(({ Bsu }) => Bsu?.SnapshotId) !== true
        ? 'its block device mappings are unknown'
        : undefined;
  if (why === undefined) return existing;
  throw new BuildError(`force_deregister: ${id} could not be registered again if this build fails: ${why}`, {
    hint: 'Delete it yourself, or choose another omi_name.',
  });
}
