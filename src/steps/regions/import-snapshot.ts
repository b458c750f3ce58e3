import type { BuildConfig } from '../../config/options/table.js';
import { createSnapshot } from '../../outscale/calls/create-once.js';
import { asTags } from '../../outscale/calls/lookups.js';
import { untilCompleted } from '../../outscale/calls/snapshot-states.js';
import { ownershipTags, ownTags, tokenOf } from '../../outscale/ownership.js';
import { tagOwn } from '../../runtime/own-tags.js';
import { acquire, noting, type Resource, type Undo } from '../../runtime/resource.js';
import { shareAsWanted } from '../../runtime/share-snapshot.js';
import type { Tools } from '../../runtime/tools.js';
import type { Target } from '../build-context.js';
import type { BuildSnapshot } from '../snapshot.js';

/** An exported snapshot. */
export interface ToImport {
  /** Its ID in the region of the VM. */
  readonly id: string;
  /** GiB. */
  readonly size: number;
  /** Creates a pre-signed URL of its object. It is a secret. */
  readonly presign: () => Promise<string>;
}

/**
 * Imports an exported snapshot in the region of the tools, and waits until it is completed.
 * @param number tells the imports of a build in a region apart, from 1
 * @param undo deletes the snapshot
 */
export async function importSnapshot(
  { id: source, size, presign }: ToImport,
  number: number,
  target: Target,
  config: Pick<BuildConfig['image'], 'snapshot_users' | 'snapshot_groups'>,
  undo: Undo<'snapshot'>,
  tools: Tools,
): Promise<Resource<BuildSnapshot, 'snapshot'>> {
  const before = tools.ledger.count('snapshot');
  const token = tokenOf(tools.build, target.vm.vmId, `import-${number}-${before}`);
  return await acquire(
    tools,
    'snapshot',
    { token },
    async (claim) => {
      const requested = performance.now();
      const url = await presign();
      for (const secret of secretsOf(url)) tools.report.mask(secret);
      const id = await createSnapshot(
        tools.cloud,
        {
          ClientToken: token,
          Description: target.labels.name,
          FileLocation: url,
          SnapshotSize: size * 2 ** 30,
        },
        tools.signal,
        noting(claim, tools.ledger),
      );
      tools.ledger.update(claim, { id });
      tools.report.info(`Importing ${source} as ${id}`);
      const own = [
        ...ownTags(tools.build, target.vm.vmId),
        { Key: ownershipTags.region, Value: target.vm.region },
        { Key: ownershipTags.state, Value: 'building' },
      ];
      const isTagged = await tagOwn(id, { wanted: asTags(target.labels.snapshotTags), own }, tools);
      await tools.wait({
        what: `snapshot ${id}`,
        limit: 'transfer',
        kind: `import-${size}`,
        read: (reads) => reads.snapshot(id, untilCompleted.done),
        ...untilCompleted,
      });
      tools.report.info(`Snapshot ${id}: completed`);
      await shareAsWanted(id, config, target.account, tools);
      return { id, isTagged, requested };
    },
    undo,
  );
}

/** The parts of a pre-signed URL that let others read its object. */
const secretsOf = (url: string): string[] => [
  url,
  ...['X-Amz-Signature', 'X-Amz-Security-Token'].flatMap((name) => new URL(url).searchParams.get(name) ?? []),
];
