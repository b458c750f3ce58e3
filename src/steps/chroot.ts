import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import { mountChroot } from '../host/chroot/chroot-mounts.js';
import { forbidDevices } from '../host/chroot/devices.js';
import { ImageTree } from '../host/image/image-fs.js';
import { type FileContent, type InjectedFile, type InjectionTarget, inject } from '../host/image/inject.js';
import type { FileToInject } from '../host/image/injected-files.js';
import { removeMountPoint } from '../host/image/remove-mount-point.js';
import { restore } from '../host/image/restore.js';
import { type ImagePlace, mountsOf, normalizeMounts, thaw } from '../host/mount/normalize.js';
import type { Mount } from '../host/proc/mountinfo.js';
import { processesInNamespace } from '../host/proc/namespace-processes.js';
import type { Namespace } from '../host/sandbox/namespaces.js';
import type { Tools } from '../runtime/tools.js';
import type { Root } from './root.js';

/** An image that is mounted with what it needs to be worked in. */
export interface PreparedChroot {
  /** Its files. */
  readonly tree: ImageTree;
  readonly injectedFiles: readonly InjectedFile[];
  /** Mount points that the image did not have. */
  readonly made: readonly string[];
  /** What is mounted in it before any script runs. */
  readonly mounts: readonly Mount[];
  /** The kernel's name of the disk that it lies on. */
  readonly disk: string;
}

/** The same as the root of the build's namespaces. */
export interface Chroot extends PreparedChroot {
  readonly sandbox: Namespace;
}

/** Mounts what programs expect and lends the VM's files. */
export async function prepareChroot(
  root: Root,
  lent: readonly FileToInject[],
  config: Pick<BuildConfig, 'source' | 'mount' | 'provision'>,
  tools: Tools,
): Promise<PreparedChroot> {
  return await tools.report.phase('Prepare chroot', async () => {
    const { sandbox, tree, path: mountPath } = root;
    const { signal } = tools;
    const disk = {
      disk: root.disk.disk,
      alias: root.disk.device.replace('/dev/', ''),
      partitions: root.partitions,
    };
    // A system that is bootstrapped into an empty volume makes its device nodes there.
    if (!config.source.from_scratch) await forbidDevices({ sandbox, tree, mountPath, signal });
    const { made, skipped } = await mountChroot(
      { sandbox, tree, mountPath, disk, signal },
      config.mount.chroot_mounts,
    );
    for (const { type, target } of skipped)
      tools.report.notice(`${target} is not mounted: this kernel has no ${type}`);
    const injectedFiles: InjectedFile[] = [];
    for (const one of filesFor(tree, lent, config.provision))
      injectedFiles.push(await injectInto({ sandbox, tree, mountPath, signal }, one));
    const mounts = mountsOf({ pid: sandbox.pid, root: mountPath });
    return { tree, injectedFiles, made: [...root.made, ...made], mounts, disk: disk.disk };
  });
}

/**
 * Makes the image the root: from then on the VM is out of sight. What commands of the VM left running ends first: its
 * working directory, root and environment in /proc would lead scripts to the VM.
 */
export async function enterChroot(
  sandbox: Namespace,
  path: string,
  chrootState: PreparedChroot,
  { report, signal }: Tools,
): Promise<Chroot> {
  const left = processesInNamespace(sandbox.holder).map(({ name, pid }) => `${name} (${pid})`);
  if (left.length > 0) {
    report.warn(
      `pre_mount_commands and post_mount_commands left running: ${left.join(', ')}; ended before the scripts`,
    );
    await sandbox.killAll(signal);
  }
  await sandbox.pivot(path);
  return { ...chrootState, sandbox, tree: new ImageTree(sandbox.root) };
}

/** What Debian's invoke-rc.d(8) asks before it starts a service; 101 forbids it. */
const policy = '/usr/sbin/policy-rc.d';
const forbidding = Buffer.from('#!/bin/sh\nexit 101\n');

function filesFor(
  tree: ImageTree,
  files: readonly FileToInject[],
  { prevent_service_start }: BuildConfig['provision'],
): FileContent[] {
  const lent = [...files];
  const asked = prevent_service_start && tree.stat('/usr/sbin/invoke-rc.d') !== undefined;
  return asked ? [...lent, { path: policy, content: forbidding, mode: 0o755 }] : lent;
}

async function injectInto(to: InjectionTarget, lent: FileContent): Promise<InjectedFile> {
  try {
    return await inject(to, lent);
  } catch (error) {
    to.signal.throwIfAborted();
    throw new BuildError(`${lent.path} cannot be lent to the image`, { cause: error });
  }
}

/** Leaves the image as the scripts made it, without loans. Nothing may run in it any more. */
export async function restoreImage(
  chrootState: PreparedChroot,
  place: ImagePlace,
  tools: Tools,
): Promise<void> {
  const { tree, injectedFiles, mounts, disk } = chrootState;
  const { report, signal } = tools;
  const { unmounted, writable } = await normalizeMounts(place, mounts, disk, signal);
  for (const target of unmounted) report.info(`${target}: what a script mounted there is unmounted`);
  for (const target of writable) report.notice(`${target} was made read-only, and is writable again`);
  for (const injected of injectedFiles.toReversed())
    await restore(tree, injected, (line) => report.warn(line));
}

/** Removes the mount points that were made in the image, with what is mounted there: nothing works in it any more. */
export async function removeMountPoints(
  tree: ImageTree,
  { made }: Pick<PreparedChroot, 'made'>,
  { signal }: Tools,
): Promise<void> {
  for (const folder of made.toReversed()) await removeMountPoint(tree, folder, signal);
}

/** Kills all that runs in the image, and says whom that waits for. */
async function endAll(sandbox: Namespace, { report, signal }: Tools): Promise<void> {
  const start = performance.now();
  const log = (): void => {
    const names = processesInNamespace(sandbox.holder).map(({ name, pid }) => `${name} (${pid})`);
    report.progress(
      'what the scripts left running',
      `killed, and not yet gone: ${names.join(', ')}`,
      undefined,
      (performance.now() - start) / 1000,
    );
  };
  const timer = setInterval(log, 1000);
  try {
    await sandbox.killAll(signal);
  } finally {
    clearInterval(timer);
  }
}

/** Ends what still runs in the image and leaves it as the scripts made it. */
export async function leaveChroot(chroot: Chroot, tools: Tools): Promise<void> {
  await tools.report.phase('Leave chroot', async () => {
    const place = { pid: chroot.sandbox.pid, root: '' };
    // A process that waits for a frozen filesystem does not die.
    await thaw(place, chroot.disk, tools.signal);
    await endAll(chroot.sandbox, tools);
    await restoreImage(chroot, place, tools);
  });
}
