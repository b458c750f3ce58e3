import type { BuildConfig } from '../config/options/table.js';
import type { Volume } from '../outscale/api.js';
import { createVolume as askForVolume } from '../outscale/calls/create-once.js';
import { isRemoved } from '../outscale/calls/delete.js';
import { findLate } from '../outscale/calls/late.js';
import { asTags, readVolume } from '../outscale/calls/lookups.js';
import { isConflict, isGone, isTransient } from '../outscale/errors.js';
import { planVolume } from '../outscale/images/root-volume.js';
import { ownTags, tokenOf } from '../outscale/ownership.js';
import { tagOwn } from '../runtime/own-tags.js';
import { acquire, noting, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext } from './build-context.js';

/** The volume of a build. */
export interface BuildVolume {
  readonly id: string;
  /** GiB, if the API returns it. */
  readonly size: number | undefined;
  readonly type: string | undefined;
  /** Only for type io1. */
  readonly iops: number | undefined;
  /** Whether it has the ownership tags of the build; undefined in ledgers of older versions. */
  readonly isTagged?: boolean;
}

const isAvailable = ({ State }: Volume): boolean => State === 'available';

/**
 * Creates the volume, from the root snapshot of the source or empty, and waits until it is available.
 * @param tags the tags in `root_volume_tags`
 * @param otherwise returns the context to ask with once more after a refusal, if there is one
 */
export async function createVolume(
  { vm, source }: BuildContext,
  config: BuildConfig['volume'],
  tags: Readonly<Record<string, string>>,
  tools: Tools,
  otherwise: (error: unknown) => Promise<BuildContext | undefined>,
): Promise<Resource<BuildVolume>> {
  const token = tokenOf(tools.build, vm.vmId, 'volume');
  return await tools.report.phase('Create volume', () =>
    acquire(
      tools,
      'volume',
      { token },
      async (claim) => {
        const watch = noting(claim, tools.ledger);
        const ask = async (): Promise<string> => {
          const request = { ClientToken: token, SubregionName: vm.subregion, ...plan };
          return await askForVolume(tools.cloud, request, tools.signal, watch);
        };
        let plan = planVolume(config, source?.root);
        const id = await ask().catch(async (error: unknown) => {
          const other = await otherwise(error);
          if (other === undefined) throw error;
          plan = planVolume(config, other.source?.root);
          return await ask();
        });
        tools.ledger.update(claim, { id });
        const own = ownTags(tools.build, vm.vmId);
        const isTagged = await tagOwn(id, { wanted: asTags(tags), own }, tools);
        const volume = await tools.wait({
          what: `volume ${id}`,
          limit: 'volume',
          kind: 'volume',
          resource: ['volume', id],
          read: (reads) => reads.volume(id, isAvailable),
          done: isAvailable,
          failed: ({ State }) => (State === 'error' ? 'its state is error' : undefined),
          describe: ({ State }) => ({ state: State ?? 'unknown' }),
        });
        tools.report.info(
          `Created volume ${id} from ${plan.SnapshotId ?? 'scratch'}${volume.Size === undefined ? '' : `, ${volume.Size} GiB`}`,
        );
        return {
          id,
          size: volume.Size ?? plan.Size,
          type: volume.VolumeType ?? plan.VolumeType,
          iops: plan.Iops,
          isTagged,
        };
      },
      undoVolume,
    ),
  );
}

export const undoVolume: Undo<'volume'> = {
  title: ({ id, token }) => `Delete volume ${id ?? `of ${token}`}`,
  released: ({ id }) => (id === undefined ? undefined : { kind: 'volume', id, how: 'deleted' }),
  run: async ({ id, token, asked }, tools) => {
    const ids =
      id === undefined
        ? await findLate({
            what: `A volume with ClientToken ${token}`,
            asked,
            find: async () => await findByToken(token, tools),
            shortTimeouts: tools.shortTimeouts,
            signal: tools.signal,
          })
        : [id];
    for (const one of ids ?? []) await removeVolume(one, tools);
  },
};

/** The volumes created with a ClientToken; undefined if none is listed. */
async function findByToken(token: string, tools: Tools): Promise<string[] | undefined> {
  const { Volumes = [] } = await tools.cloud.call('ReadVolumes', { Filters: { ClientTokens: [token] } });
  const ids = Volumes.flatMap(({ VolumeId }) => VolumeId ?? []);
  return ids.length === 0 ? undefined : ids;
}

/**
 * Deletes a volume. Ends when the API has accepted the deletion or does not know the ID. The state of the
 * volume is read only after a refusal. A volume that is not listed may still exist, because lists may lag.
 */
async function removeVolume(id: string, tools: Tools): Promise<void> {
  const first = await remove(id, tools).catch((error: unknown): Removal => {
    if (isTransient(error)) return {};
    throw error;
  });
  if (isRemoved(first.State)) return;
  await tools.wait({
    what: `volume ${id}`,
    limit: 'volume',
    read: async (): Promise<Removal> => {
      const { State } = (await readVolume(tools.cloud, id)) ?? { State: 'unlisted' };
      // The API does not delete a volume that it is still creating.
      const isDue = ['available', 'error', 'unlisted'].includes(State ?? '');
      return isDue ? { State, ...(await remove(id, tools)) } : { State };
    },
    done: ({ State }) => isRemoved(State),
    failed: ({ State }) => (State === 'in-use' ? 'it is still attached' : undefined),
    describe: ({ State = 'unknown', refusal = first.refusal }) => ({
      state: refusal === undefined ? State : `${State} (${refusal})`,
    }),
  });
}

/** A volume while it is deleted: why the API refused to delete it at the last request, if it did. */
interface Removal {
  readonly State?: string | undefined;
  readonly refusal?: string;
}

/**
 * `deleting` if the API accepted the deletion or has no such volume. After a conflict, the next read decides.
 */
async function remove(id: string, tools: Tools): Promise<Removal> {
  try {
    await tools.cloud.call('DeleteVolume', { VolumeId: id });
    tools.deletions.add(id);
  } catch (error) {
    if (isConflict(error)) return { refusal: error.reason };
    if (!isGone(error)) throw error;
  }
  return { State: 'deleting' };
}
