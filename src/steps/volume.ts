import type { BuildConfig } from '../config/table.js';
import { createVolume as askForVolume } from '../outscale/creations.js';
import { isConflict, isGone } from '../outscale/errors.js';
import { asTags, readVolume } from '../outscale/lookups.js';
import { ownTags, tokenOf } from '../outscale/marks.js';
import { planVolume } from '../outscale/root-volume.js';
import type { Tools } from '../tools.js';
import { type Held, hold, type Undo } from '../undo/hold.js';
import type { Ground } from './check.js';

/** The volume of a build. */
export interface BuildVolume {
  readonly id: string;
  /** GiB, where the API tells it. */
  readonly size: number | undefined;
  readonly type: string | undefined;
  /** Only of type io1. */
  readonly iops: number | undefined;
}

/**
 * Makes the volume, from the root snapshot of the source or empty, and waits until it is available.
 * @param tags those that the user wants
 */
export async function createVolume(
  { vm, source }: Ground,
  config: BuildConfig['volume'],
  tags: Readonly<Record<string, string>>,
  tools: Tools,
): Promise<Held<BuildVolume>> {
  const plan = planVolume(config, source?.root);
  const token = tokenOf(tools.build, vm.vmId, 'volume');
  return await tools.report.phase('Create volume', () =>
    hold(
      tools,
      'volume',
      { token },
      async (claim) => {
        const id = await askForVolume(
          tools.cloud,
          {
            ClientToken: token,
            SubregionName: vm.subregion,
            ...plan,
          },
          tools.signal,
        );
        tools.ledger.learn(claim, { id });
        await tools.cloud.call('CreateTags', {
          ResourceIds: [id],
          Tags: [...asTags(tags), ...ownTags(tools.build, vm.vmId)],
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
          `Volume ${id} from ${plan.SnapshotId ?? 'scratch'}${volume.Size === undefined ? '' : `, ${volume.Size} GiB`}`,
        );
        return {
          id,
          size: volume.Size ?? plan.Size,
          type: volume.VolumeType ?? plan.VolumeType,
          iops: plan.Iops,
        };
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
      await tools.wait({
        what: `volume ${one}`,
        limit: 'volume',
        read: async () => {
          const volume = (await readVolume(tools.cloud, one)) ?? { State: 'deleted' };
          // While it is being created the API does not take it back.
          if (volume.State === 'available' || volume.State === 'error') await remove(one, tools);
          return volume;
        },
        done: ({ State }) => State === 'deleted',
        dead: ({ State }) => (State === 'in-use' ? 'it is still attached' : undefined),
        describe: ({ State }) => ({ state: State ?? 'unknown' }),
      });
    }
  },
};

/** What became of a conflict is seen by the next look. */
async function remove(id: string, tools: Tools): Promise<void> {
  await tools.cloud.call('DeleteVolume', { VolumeId: id }).catch((error: unknown) => {
    if (!isGone(error) && !isConflict(error)) throw error;
  });
}
