import { setTimeout as sleep } from 'node:timers/promises';
import { readImage, readSnapshot } from '../../src/outscale/calls/lookups.js';
import { snapshotsOf, type Worker } from './worker.js';

/**
 * An OMI of an earlier build, which one with `force_deregister` replaces, with a snapshot that a build has
 * made, as its tag says.
 * @param tags of the OMI
 */
export async function publishOld(
  { cloud: { api, source } }: Worker,
  name: string,
  tags: Readonly<Record<string, string>> = {},
): Promise<void> {
  const image = await readImage(api, source);
  const { Snapshot } = await api.call('CreateSnapshot', {
    SourceSnapshotId: image === undefined ? '' : (snapshotsOf(image)[0] ?? ''),
    SourceRegionName: 'eu-west-2',
  });
  const SnapshotId = Snapshot?.SnapshotId ?? '';
  await api.call('CreateTags', {
    ResourceIds: [SnapshotId],
    Tags: [{ Key: 'build-omi:build-id', Value: '000000000000' }],
  });
  while ((await readSnapshot(api, SnapshotId))?.State !== 'completed') await sleep(10);
  const { Image } = await api.call('CreateImage', {
    ImageName: name,
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId } }],
  });
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  if (Tags.length > 0) await api.call('CreateTags', { ResourceIds: [Image?.ImageId ?? ''], Tags });
}
