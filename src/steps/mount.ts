import type { BuildConfig } from '../config/table.js';
import { BuildError } from '../errors.js';
import { exec } from '../host/exec.js';
import { ImageTree } from '../host/image-tree.js';
import type { Namespace } from '../host/namespace.js';
import { type Partition, partitionsOf } from '../host/partitions.js';
import { rootCandidates, showPartitions } from '../host/root-partition.js';
import type { Tools } from '../tools.js';
import type { AttachedDisk } from './attach.js';

/** The root filesystem of the image, mounted in the build's namespaces. */
export interface Root {
  readonly room: Namespace;
  readonly path: string;
  readonly tree: ImageTree;
  readonly disk: AttachedDisk;
  readonly partition: Partition;
  readonly partitions: readonly Partition[];
}

/** Finds the partition that holds `/` and mounts it. It is unmounted by the end of the namespaces. */
export async function mountRoot(
  room: Namespace,
  disk: AttachedDisk,
  path: string,
  config: BuildConfig['mount'],
  tools: Tools,
): Promise<Root> {
  return await tools.report.phase('Mount', async () => {
    const { signal } = tools;
    const partitions = await partitionsOf(disk.disk, signal);
    for (const line of showPartitions(partitions)) tools.report.info(line);
    const tree = new ImageTree(`${room.root}${path}`);
    const partition = await choose(rootCandidates(partitions), { room, path, tree, signal });
    const options = [...(partition.filesystem === 'xfs' ? ['nouuid'] : []), ...config.mount_options];
    await mount(room, partition, path, options, signal);
    tools.report.info(`/dev/${partition.name} (${partition.filesystem}) is the root`);
    return { room, path, tree, disk, partition, partitions };
  });
}

interface Look {
  readonly room: Namespace;
  readonly path: string;
  readonly tree: ImageTree;
  readonly signal: AbortSignal;
}

/** The only candidate, or the first that has a root inside: each is mounted read-only, without touching its journal. */
async function choose(candidates: readonly Partition[], look: Look): Promise<Partition> {
  const [first] = candidates;
  if (first !== undefined && candidates.length === 1) return first;
  for (const one of candidates) {
    await mount(look.room, one, look.path, ['ro', untouched(one.filesystem)], look.signal);
    const isRoot = ['/etc', '/usr'].every((folder) => look.tree.stat(folder)?.isDirectory());
    await exec(look.room.inside(['umount', look.path]), { signal: look.signal });
    if (isRoot) return one;
  }
  throw new BuildError('no partition of the volume has a root filesystem (with /etc and /usr)', {
    output: showPartitions(candidates),
  });
}

/** A read-only mount of a filesystem that was not closed replays its journal, which writes; these options stop it. */
const untouched = (filesystem: string | undefined): string =>
  filesystem === 'xfs' ? 'norecovery,nouuid' : filesystem === 'btrfs' ? 'nologreplay' : 'noload';

async function mount(
  room: Namespace,
  partition: Partition,
  path: string,
  options: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const words = options.flatMap((option) => ['-o', option]);
  await exec(
    room.inside([
      'mount',
      '--types',
      partition.filesystem ?? 'auto',
      ...words,
      `/dev/${partition.name}`,
      path,
    ]),
    {
      limit: 'disk',
      signal,
    },
  );
}
