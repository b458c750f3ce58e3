import type { BuildConfig } from '../config/table.js';
import { BuildError } from '../errors.js';
import { type Held, hold, type Undo } from '../hold.js';
import { isGone } from '../outscale/errors.js';
import { ownTags, readVolume } from '../outscale/lookups.js';
import type { Tools } from '../tools.js';
import type { Ground } from './check.js';

/** The volume of a build. */
export interface BuildVolume {
  readonly id: string;
  /** GiB, where the API tells it. */
  readonly size: number | undefined;
  readonly type: string | undefined;
}

/** Makes the volume from the root snapshot of the source and waits until it is available. */
export async function createVolume(
  ground: Ground,
  config: BuildConfig['volume'],
  tools: Tools,
): Promise<Held<BuildVolume>> {
  const { SnapshotId, VolumeType } = ground.source.root;
  const size = config.root_volume_size;
  const type = config.root_volume_type ?? VolumeType;
  const token = `build-omi-${tools.build.id}-volume`;
  return await tools.report.phase('Create volume', () =>
    hold(
      tools,
      'volume',
      { token },
      async (claim) => {
        const { Volume } = await tools.cloud.call('CreateVolume', {
          ClientToken: token,
          SnapshotId,
          SubregionName: ground.vm.subregion,
          ...(size === undefined ? {} : { Size: size }),
          ...(type === undefined ? {} : { VolumeType: type }),
        });
        const id = Volume?.VolumeId;
        if (id === undefined) throw new BuildError('CreateVolume answered without a volume ID');
        tools.ledger.learn(claim, { id });
        await tools.cloud.call('CreateTags', {
          ResourceIds: [id],
          Tags: ownTags(tools.build.id, ground.vm.vmId),
        });
        const volume = await tools.wait({
          what: `volume ${id}`,
          limit: 'volume',
          read: () => readVolume(tools.cloud, id),
          done: ({ State }) => State === 'available',
          dead: ({ State }) => (State === 'error' ? 'its state is error' : undefined),
          describe: ({ State }) => ({ state: State ?? 'unknown' }),
        });
        tools.report.info(
          `Volume ${id} from ${SnapshotId}${volume.Size === undefined ? '' : `, ${volume.Size} GiB`}`,
        );
        return { id, size: volume.Size, type: volume.VolumeType ?? type };
      },
      undoVolume,
    ),
  );
}

export const undoVolume: Undo<'volume'> = {
  title: ({ id, token }) => `Delete volume ${id ?? `of ${token}`}`,
  run: async ({ id, token }, tools) => {
    // Asked for, but the answer never came: the token finds what there may be.
    const found =
      id === undefined
        ? await tools.cloud.call('ReadVolumes', { Filters: { ClientTokens: [token] } })
        : undefined;
    const ids = id === undefined ? (found?.Volumes ?? []).flatMap(({ VolumeId }) => VolumeId ?? []) : [id];
    for (const one of ids) {
      await tools.cloud.call('DeleteVolume', { VolumeId: one }).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      });
      await tools.wait({
        what: `volume ${one}`,
        limit: 'volume',
        read: async () => (await readVolume(tools.cloud, one)) ?? { State: 'deleted' },
        done: ({ State }) => State === 'deleted',
        dead: ({ State }) => (State === 'error' ? 'its state is error' : undefined),
        describe: ({ State }) => ({ state: State ?? 'unknown' }),
      });
    }
  },
};
