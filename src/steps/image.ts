import type { BuildConfig } from '../config/table.js';
import { BuildError } from '../errors.js';
import { type Held, hold, type Undo } from '../hold.js';
import type { BlockDeviceMappingImage, RequestOf } from '../outscale/api.js';
import { isGone } from '../outscale/errors.js';
import { asTags, readImage, readImageNamed } from '../outscale/lookups.js';
import { askOnce } from '../outscale/once.js';
import type { Tools } from '../tools.js';
import type { Ground } from './check.js';
import type { BuildSnapshot } from './snapshot.js';
import type { BuildVolume } from './volume.js';

/** The OMI of a build. */
export interface BuildImage {
  readonly id: string;
  readonly name: string;
}

/** Registers the snapshot as an OMI, tags it, and waits until it is available. */
export async function registerImage(
  snapshot: BuildSnapshot,
  volume: BuildVolume,
  ground: Ground,
  config: BuildConfig['image'],
  tools: Tools,
): Promise<Held<BuildImage, 'image'>> {
  const { name, account } = ground;
  return await tools.report.phase('Register OMI', () =>
    hold(
      tools,
      'image',
      { name, snapshot: snapshot.id },
      async (claim) => {
        const id = await create(imageRequest(snapshot, volume, ground, config), account, tools);
        tools.ledger.learn(claim, { id });
        tools.report.output('omi-id', id);
        tools.report.output('omi-name', name);
        const tags = asTags(config.tags);
        if (tags.length > 0) await tools.cloud.call('CreateTags', { ResourceIds: [id], Tags: tags });
        await tools.wait({
          what: `OMI ${id}`,
          limit: 'image',
          read: () => readImage(tools.cloud, id),
          done: ({ State }) => State === 'available',
          dead: ({ State, StateComment }) =>
            State === 'failed' ? (StateComment?.StateMessage ?? 'its state is failed') : undefined,
          describe: ({ State }) => ({ state: State ?? 'unknown' }),
        });
        return { id, name };
      },
      undoImage,
    ),
  );
}

/** What the API does not inherit by itself (schema CreateImageRequest) is taken from the source. */
export function imageRequest(
  snapshot: BuildSnapshot,
  volume: BuildVolume,
  { name, source }: Ground,
  config: BuildConfig['image'],
): RequestOf<'CreateImage'> {
  const { image, root, rootDevice } = source;
  const rootMapping: BlockDeviceMappingImage = {
    DeviceName: rootDevice,
    Bsu: {
      SnapshotId: snapshot.id,
      ...(volume.size === undefined ? {} : { VolumeSize: volume.size }),
      ...(volume.type === undefined ? {} : { VolumeType: volume.type }),
      ...(root.DeleteOnVmDeletion === undefined ? {} : { DeleteOnVmDeletion: root.DeleteOnVmDeletion }),
    },
  };
  const others = (image.BlockDeviceMappings ?? []).filter(({ DeviceName }) => DeviceName !== rootDevice);
  return {
    ImageName: name,
    RootDeviceName: rootDevice,
    BlockDeviceMappings: [rootMapping, ...others],
    ...(config.omi_description === undefined ? {} : { Description: config.omi_description }),
    ...(image.Architecture === undefined ? {} : { Architecture: image.Architecture }),
    ...(image.BootModes?.length ? { BootModes: image.BootModes } : {}),
    ...(image.ProductCodes?.length ? { ProductCodes: image.ProductCodes } : {}),
    ...(image.TpmMandatory === undefined ? {} : { TpmMandatory: image.TpmMandatory }),
  };
}

/** CreateImage has no ClientToken: after a lost answer the name tells whether it was done. */
async function create(request: RequestOf<'CreateImage'>, account: string, tools: Tools): Promise<string> {
  return await askOnce({
    ask: async () => {
      const { Image } = await tools.cloud.call('CreateImage', request);
      if (Image?.ImageId === undefined) throw new BuildError('CreateImage answered without an OMI ID');
      return Image.ImageId;
    },
    find: async () => (await readImageNamed(tools.cloud, request.ImageName ?? '', account))?.ImageId,
    signal: tools.signal,
  });
}

export const undoImage: Undo<'image'> = {
  title: ({ id, name }) => `Delete OMI ${id ?? name}`,
  run: async ({ id, name, snapshot }, tools) => {
    const found = id ?? (await findBySnapshot(name, snapshot, tools));
    if (found === undefined) return;
    await tools.cloud.call('DeleteImage', { ImageId: found }).catch((error: unknown) => {
      if (!isGone(error)) throw error;
    });
    tools.report.output('omi-id', '');
    tools.report.output('omi-name', '');
  },
};

/** The OMI of that name, if it is the one of this build: it maps the build's own snapshot. */
async function findBySnapshot(name: string, snapshot: string, tools: Tools): Promise<string | undefined> {
  const { Images } = await tools.cloud.call('ReadImages', { Filters: { ImageNames: [name] } });
  return Images?.find(({ BlockDeviceMappings }) =>
    BlockDeviceMappings?.some(({ Bsu }) => Bsu?.SnapshotId === snapshot),
  )?.ImageId;
}
