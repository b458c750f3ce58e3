import { dirname } from 'node:path';
import { BuildError } from '../common/errors.js';
import { mountChroot } from '../host/chroot/chroot-mounts.js';
import { forbidDevices } from '../host/chroot/devices.js';
import { hostNameOf } from '../host/chroot/host-name.js';
import type { Mounted } from '../host/chroot/mount-fstab.js';
import type { Partition } from '../host/disk/partitions.js';
import { ImageTree } from '../host/image/image-fs.js';
import { type FileContent, type InjectedFile, inject } from '../host/image/inject.js';
import type { FileToInject } from '../host/image/injected-files.js';
import type { MountedImage } from '../host/image/mounted-image.js';
import { removeMountPoint } from '../host/image/remove-mount-point.js';
import { restore } from '../host/image/restore.js';
import type { WritableMounts } from '../host/image/writable-mounts.js';
import { type ImageLocation, mountsOf, normalizeMounts, thaw } from '../host/mount/normalize.js';
import type { Mount } from '../host/proc/mountinfo.js';
import { processesInNamespace } from '../host/proc/namespace-processes.js';
import type { Namespace } from '../host/sandbox/namespaces.js';
import { type ChrootConfig, filesForScripts } from '../runtime/chroot-files.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from './attach.js';
import type { Root } from './root.js';

/** An image that is mounted and prepared for scripts. */
export interface PreparedChroot {
  readonly tree: ImageTree;
  readonly location: ImageLocation;
  readonly disk: AttachedDisk;
  /** The mounted filesystems of the image, its root first. */
  readonly mounted: readonly Mounted[];
  /** The partitions before any script runs. Scripts can change them. */
  readonly sourcePartitions: readonly Partition[];
  readonly injectedFiles: readonly InjectedFile[];
  /** Mount points that the build created in the image. */
  readonly made: readonly string[];
  /** The mounts in the image before any script runs. */
  readonly mounts: readonly Mount[];
  /** Where `cache` is mounted, as paths in the image. */
  readonly caches?: readonly string[];
  /** A directory in the image for temporary files, on a private tmpfs. */
  readonly scratch: string;
}

/** A prepared image that is the root of the build's namespaces. */
export interface Chroot extends PreparedChroot {
  readonly sandbox: Namespace;
}

/**
 * Mounts the filesystems that programs expect, and injects files of the VM.
 * @param stays whether the file of the image stays at a path
 */
export async function prepareChroot(
  root: Root,
  files: readonly FileToInject[],
  config: ChrootConfig,
  tools: Tools,
  stays: (path: string) => boolean = () => false,
): Promise<PreparedChroot> {
  return await tools.report.phase('Prepare chroot', async () => {
    const { sandbox, tree, path: mountPath, disk, mounted, partitions: sourcePartitions } = root;
    const { signal } = tools;
    await using mounter = sandbox.mounter(signal);
    // Bootstrapping a system into an empty volume creates device nodes there.
    if (!config.source.from_scratch) await forbidDevices({ sandbox, tree, mountPath, signal }, mounter);
    const alias = disk.device.replace('/dev/', '');
    const disks = { disk: disk.disk, alias, partitions: sourcePartitions };
    const { made, skipped, own, scratch } = await mountChroot(
      { sandbox, tree, mountPath, disk: disks, signal },
      mounter,
      config.mount.chroot_mounts,
    );
    for (const { type, target } of skipped)
      tools.report.notice(`${target} not mounted: this kernel does not support ${type}`);
    const injectedFiles: InjectedFile[] = [];
    for (const file of filesForScripts(root, files, config, tools.report))
      if (!stays(file.path) && isWritable(file.path, own, tools.report))
        injectedFiles.push(await injectInto({ sandbox, tree, mountPath, signal }, file, own, scratch));
    const location = { pid: sandbox.pid, root: mountPath };
    const mounts = mountsOf(location);
    const lent = injectedFiles.length === 1 ? '1 temporary file' : `${injectedFiles.length} temporary files`;
    tools.report.result(`ready, ${lent}`);
    const image = { tree, location, disk, mounted, sourcePartitions };
    return { ...image, injectedFiles, made: [...root.made, ...made], mounts, scratch };
  });
}

/**
 * Makes the image the root, which hides the VM. Before that it kills the processes that commands of the VM
 * left running: their working directory, root and environment in /proc would give scripts access to the VM.
 */
export async function enterChroot(
  sandbox: Namespace,
  image: PreparedChroot,
  { report, signal }: Tools,
): Promise<Chroot> {
  const left = processesInNamespace(sandbox.holder).map(({ name, pid }) => `${name} (${pid})`);
  if (left.length > 0) {
    report.warn(
      `Terminated processes started by pre_mount_commands and post_mount_commands: ${left.join(', ')}`,
    );
    await sandbox.killAll(signal);
  }
  await sandbox.pivot(image.location.root);
  const location = { pid: sandbox.pid, root: '' };
  const tree = new ImageTree(sandbox.root);
  await sandbox.setHostName(hostNameOf(tree));
  return { ...image, sandbox, location, tree };
}

/** Whether a temporary file stays in the image: a mount of `chroot_mounts` at or above its path wins. */
function isWritable(path: string, own: WritableMounts, report: Tools['report']): boolean {
  if (own.hasPlace(`${dirname(path)}/file`) && !own.isMountOfUser(path)) return true;
  report.notice(
    `${path} is on a mount of chroot_mounts or post_mount_commands, so build-omi does not replace it`,
  );
  return false;
}

async function injectInto(
  to: MountedImage,
  file: FileContent,
  own: WritableMounts,
  scratch: string,
): Promise<InjectedFile> {
  try {
    return await inject(to, file, own, scratch);
  } catch (error) {
    to.signal.throwIfAborted();
    throw new BuildError(`${file.path} cannot be injected into the image`, { cause: error });
  }
}

/**
 * Reverts what build-omi and scripts changed temporarily: mounts and injected files. No process may use the
 * image.
 * @returns the injected files that scripts have changed; their versions stay
 */
export async function restoreImage(
  image: Omit<PreparedChroot, 'scratch' | 'sourcePartitions'>,
  tools: Tools,
): Promise<InjectedFile[]> {
  const { tree, location, injectedFiles, mounts, disk, caches = [] } = image;
  const { report, signal } = tools;
  const { unmounted, writable } = await normalizeMounts(location, mounts, disk.disk, signal);
  // Caches are mounted after `mounts` was read, so they are unmounted too.
  for (const target of unmounted)
    if (!caches.includes(target)) report.info(`Unmounted ${target}, which a script had mounted`);
  for (const target of writable)
    report.notice(`Remounted ${target} read-write, which a script had made read-only`);
  const changed: InjectedFile[] = [];
  for (const injected of injectedFiles.toReversed())
    if (!(await restore(tree, injected, (line) => report.warn(line)))) changed.push(injected);
  return changed;
}

/**
 * Unmounts and removes the mount points that the build created in the image. No process may use the image.
 */
export async function removeMountPoints(
  { tree, made }: Pick<PreparedChroot, 'tree' | 'made'>,
  { signal }: Tools,
): Promise<void> {
  for (const folder of made.toReversed()) await removeMountPoint(tree, folder, signal);
}

/** Kills every process in the image, and reports those that do not end at once. */
export async function endProcesses({ sandbox, location, disk }: Chroot, tools: Tools): Promise<void> {
  const { report, signal } = tools;
  // A process that waits for a frozen filesystem does not react to SIGKILL.
  await thaw(location, disk.disk, signal);
  const start = performance.now();
  const log = (): void => {
    const names = processesInNamespace(sandbox.holder).map(({ name, pid }) => `${name} (${pid})`);
    report.progress(
      'processes of the scripts',
      `killed, still running: ${names.join(', ')}`,
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
