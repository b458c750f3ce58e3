import { existsSync } from 'node:fs';
import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import { findRoot, findRootFromScratch } from '../host/chroot/find-root.js';
import { type Mounted, mountFstab } from '../host/chroot/mount-fstab.js';
import type { ProbeTarget } from '../host/chroot/probe-root.js';
import { grow, growMounted } from '../host/disk/growth.js';
import type { DiskLayout, Partition } from '../host/disk/partitions.js';
import { showPartitions } from '../host/disk/root-partition.js';
import { exec } from '../host/exec/exec.js';
import { ImageTree } from '../host/image/image-fs.js';
import { firstOf } from '../host/image/limits.js';
import { mountPartition } from '../host/sandbox/mount-partition.js';
import type { Sandbox } from '../host/sandbox/sandbox.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from './attach.js';

/** The mounted root filesystem of the image. */
export interface Root {
  readonly sandbox: Sandbox;
  readonly path: string;
  readonly tree: ImageTree;
  readonly disk: AttachedDisk;
  readonly partitions: readonly Partition[];
  /** The mounted filesystems of the image, its root first. */
  readonly mounted: readonly Mounted[];
  /** Mount points that the build created in the image, outer ones first. */
  readonly made: readonly string[];
  /** Whether it contained a system before `post_mount_commands`. */
  readonly hasSystem: boolean;
}

/**
 * Finds the root partition, grows it if it is smaller than its volume, and mounts it, with the
 * filesystems of the same disk in the image's fstab. In namespaces of the build, the end of the namespaces
 * unmounts all of them.
 * @param layout of the disk, as it is now
 */
export async function mountRoot(
  sandbox: Sandbox,
  disk: AttachedDisk,
  path: string,
  { config, layout }: { readonly config: BuildConfig['mount']; readonly layout: DiskLayout },
  tools: Tools,
): Promise<Root> {
  return await tools.report.phase('Mount', async () => {
    const { signal, report } = tools;
    const probe: ProbeTarget = { sandbox, path, tree: new ImageTree(`${sandbox.root}${path}`), signal };
    if (!existsSync(probe.tree.root))
      throw new BuildError(`mount_path: a mount of pre_mount_commands hides ${path}`, {
        hint: 'Mount elsewhere, or set another mount_path.',
      });
    report.info(`${layout.table ?? 'No'} partition table on ${disk.disk}:`);
    for (const line of showPartitions(layout.partitions)) report.info(line);
    const find = disk.fromScratch ? findRootFromScratch : findRoot;
    const notice = (line: string): void => report.notice(line);
    const found = await find(layout, config.mount_partition, probe, notice);
    const { why, subvolume, hasSystem } = found;
    report.info(
      [`${found.partition.name} (${found.partition.filesystem}`, subvolume, `is the root: ${why}`]
        .filter(Boolean)
        .join(', ')
        .replace(', is', ') is'),
    );

    const grown = hasSystem
      ? await grow(found.partition, layout, disk.growth, { signal, notice })
      : undefined;
    const partition = grown ?? found.partition;
    const { mount_options: asked } = config;
    const options = [...(subvolume ? [subvolume] : []), ...asked];
    await mountPartition(sandbox, partition, path, options, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      const how = asked.length > 0 ? ` with mount_options ${asked.join(', ')}` : '';
      throw new BuildError(`the root ${partition.name} cannot be mounted${how}`, { cause: error });
    });
    const command = grown ? growMounted(partition, path) : undefined;
    if (command) await exec(sandbox.inside(command), { limit: 'disk', signal });
    const partitions = layout.partitions.map((one) => (one === found.partition ? partition : one));
    if (grown) report.info(`Grew ${partition.name} to the end of the volume`);

    const { mounted, made, skipped } = await mountFstab(partition, partitions, probe);
    for (const line of firstOf(
      mounted.map(({ target, partition: own }) => `Mounted ${own.name} at ${target}`),
    ))
      report.info(line);
    for (const line of firstOf(skipped)) report.notice(`fstab of the image: ${line}`);
    report.result(
      `${partition.name} mounted, ${[partition.filesystem, grown && 'grown'].filter(Boolean).join(', ')}`,
    );
    const all = [{ target: '/', partition, options }, ...mounted];
    const parts = all.map(({ partition: { name }, ...where }) => ({ ...where, partition: name }));
    tools.ledger.update(disk.claim, { mounts: parts });
    return { ...probe, disk, partitions, mounted: all, made, hasSystem };
  });
}
