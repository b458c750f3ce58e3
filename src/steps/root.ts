import { existsSync } from 'node:fs';
import { BuildError, describe } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import { type Mounted, mountFstab } from '../host/chroot/mount-fstab.js';
import { type ProbeTarget, probeRoot } from '../host/chroot/probe-root.js';
import { growMounted, growPartition, growUnmounted } from '../host/disk/growth.js';
import { type DiskLayout, layoutOf, type Partition } from '../host/disk/partitions.js';
import {
  type Candidate,
  noRoot,
  partitionOfNumber,
  rootCandidates,
  rootFromScratch,
  showPartitions,
} from '../host/disk/root-partition.js';
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
}

/**
 * Finds the root partition, grows it if the volume is larger than its source, and mounts it, with the
 * filesystems of the same disk in the image's fstab. In namespaces of the build, the end of the namespaces
 * unmounts all of them.
 */
export async function mountRoot(
  sandbox: Sandbox,
  disk: AttachedDisk,
  path: string,
  config: BuildConfig['mount'],
  tools: Tools,
): Promise<Root> {
  return await tools.report.phase('Mount', async () => {
    const { signal, report } = tools;
    const probe: ProbeTarget = { sandbox, path, tree: new ImageTree(`${sandbox.root}${path}`), signal };
    if (!existsSync(probe.tree.root))
      throw new BuildError(`mount_path: a mount of pre_mount_commands hides ${path}`, {
        hint: 'Mount elsewhere, or set another mount_path.',
      });
    const layout = await layoutOf(disk.disk, signal);
    report.info(`${layout.table ?? 'No'} partition table on ${disk.disk}:`);
    for (const line of showPartitions(layout.partitions)) report.info(line);
    const { partition, why, subvolume } = await choose(
      layout,
      candidatesOf(layout, config, disk),
      probe,
      report,
    );
    report.info(
      [`${partition.name} (${partition.filesystem}`, subvolume, `is the root: ${why}`]
        .filter(Boolean)
        .join(', ')
        .replace(', is', ') is'),
    );

    const grows = disk.grows && (await growPartition(partition, layout, signal));
    if (grows) await growUnmounted(partition, signal);
    const { mount_options: asked } = config;
    const options = [...(subvolume ? [subvolume] : []), ...asked];
    await mountPartition(sandbox, partition, path, options, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      const how = asked.length > 0 ? ` with mount_options ${asked.join(', ')}` : '';
      throw new BuildError(`the root ${partition.name} cannot be mounted${how}`, { cause: error });
    });
    const command = grows ? growMounted(partition, path) : undefined;
    if (command) await exec(sandbox.inside(command), { limit: 'disk', signal });
    const { partitions } = grows ? await layoutOf(disk.disk, signal) : layout;
    if (grows) report.info(`Grew ${partition.name} to the end of the volume`);

    const { mounted, made, skipped } = await mountFstab(partition, partitions, probe);
    for (const line of firstOf(
      mounted.map(({ target, partition: own }) => `Mounted ${own.name} at ${target}`),
    ))
      report.info(line);
    for (const line of firstOf(skipped)) report.notice(`fstab of the image: ${line}`);
    const all = [{ target: '/', partition, options }, ...mounted];
    const parts = all.map(({ partition: { name }, ...where }) => ({ ...where, partition: name }));
    tools.ledger.update(disk.claim, { mounts: parts });
    return { ...probe, disk, partitions, mounted: all, made };
  });
}

/** The root partition, the reason for the choice, and for btrfs the mount option of its subvolume. */
interface Choice {
  readonly partition: Partition;
  readonly why: string;
  readonly subvolume: string | undefined;
}

/**
 * The first candidate that contains a root filesystem. Skips a candidate that cannot be mounted, for example
 * because this kernel lacks a feature.
 */
async function choose(
  layout: DiskLayout,
  candidates: readonly Candidate[],
  probe: ProbeTarget,
  report: Tools['report'],
): Promise<Choice> {
  const reasons: string[] = [];
  for (const { partition, why, probe: doubtful } of candidates) {
    const isCertain = !doubtful && partition.filesystem !== 'btrfs';
    const { isRoot, subvolume } = isCertain
      ? { isRoot: true, subvolume: undefined }
      : await probeRoot(partition, probe).catch((error: unknown) => {
          probe.signal.throwIfAborted();
          if (!doubtful) throw error;
          reasons.push(`${partition.name} skipped, because it cannot be mounted: ${describe(error)}`);
          report.notice(reasons.at(-1) ?? '');
          return { isRoot: false, subvolume: undefined };
        });
    if (isRoot || !doubtful) return { partition, why, subvolume };
  }
  throw noRoot(layout.partitions, reasons);
}

function candidatesOf(
  layout: DiskLayout,
  { mount_partition: number }: BuildConfig['mount'],
  { fromScratch }: AttachedDisk,
): Candidate[] {
  if (number !== 'auto') return [partitionOfNumber(layout, number)];
  return fromScratch ? [rootFromScratch(layout)] : rootCandidates(layout);
}
