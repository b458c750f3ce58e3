import { describe } from '../common/errors.js';
import type { ImageConfig } from '../config/options/table.js';
import type { BlockDeviceMappingImage, Image, RequestOf } from '../outscale/api.js';
import { askOnce } from '../outscale/calls/create-once.js';
import { deleteImage } from '../outscale/calls/delete.js';
import { findLate } from '../outscale/calls/late.js';
import { readSnapshot } from '../outscale/calls/lookups.js';
import {
  inheritedProductCodes,
  mayDropProductCodes,
  withoutProductCodes,
} from '../outscale/calls/product-codes.js';
import { required } from '../outscale/calls/required.js';
import type { CallWatch } from '../outscale/client/client.js';
import { mapDevices, planDevices } from '../outscale/images/device-mappings.js';
import { acquire, noting, type Resource, retract, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from './build-context.js';
import type { BuildSnapshot } from './snapshot.js';
import type { BuildVolume } from './volume.js';

type Request = RequestOf<'CreateImage'>;

/** The OMI of a build. */
export interface BuildImage {
  readonly id: string;
  readonly name: string;
  /** The request that registered it. */
  readonly request: Request;
  /** The OMI as it was read when it was available. */
  readonly found: Image;
}

const isAvailable = ({ State }: Image): boolean => State === 'available';

/** Registers the snapshot as an OMI, and waits until it is available. */
export async function registerImage(
  snapshot: BuildSnapshot,
  volume: BuildVolume,
  target: Target,
  config: ImageConfig,
  tools: Tools,
): Promise<Resource<BuildImage, 'image'>> {
  const { labels } = target;
  const { name } = labels;
  return await tools.report.phase('Register OMI', () =>
    acquire(
      tools,
      'image',
      { name, snapshot: snapshot.id },
      async (claim) => {
        const wanted = imageRequest(snapshot, volume, target, config);
        const keepsCodes = config.omi_product_codes !== undefined;
        const watch = noting(claim, tools.ledger);
        const { id, request } = await create(wanted, keepsCodes, snapshot.id, watch, tools);
        tools.ledger.update(claim, { id });
        tools.report.output('omi-id', id);
        tools.report.output('omi-name', name);
        const found = await tools.wait({
          what: `OMI ${id}`,
          limit: 'image',
          kind: 'image',
          resource: ['image', id],
          read: (reads) => reads.image(id, isAvailable),
          done: isAvailable,
          failed: ({ State, StateComment }) =>
            State === 'failed' ? (StateComment?.StateMessage ?? 'its state is failed') : undefined,
          describe: ({ State }) => ({ state: State ?? 'unknown' }),
        });
        tools.ledger.update(claim, { ready: true });
        tools.report.result(`${id} ${name}: available`);
        return { id, name, request, found };
      },
      undoImage,
    ),
  );
}

/**
 * The request to register the OMI. Options that are not set default to the source (schema
 * CreateImageRequest).
 */
function imageRequest(
  snapshot: BuildSnapshot,
  volume: BuildVolume,
  { labels, source }: Pick<Target, 'labels' | 'source'>,
  config: ImageConfig,
): Request {
  const devices = planDevices(config, source);
  const { mappings } = mapDevices(devices, {
    snapshot: snapshot.id,
    size: volume.size,
    type: volume.type,
    iops: volume.iops,
    deleteOnVmDeletion: source?.root.DeleteOnVmDeletion,
  });
  const image = source?.image;
  const architecture = config.architecture ?? image?.Architecture;
  const modes = config.omi_boot_modes ?? image?.BootModes ?? [];
  const codes = config.omi_product_codes ?? inheritedProductCodes(image?.ProductCodes);
  const tpm = config.tpm_mandatory ?? image?.TpmMandatory;
  return {
    ImageName: labels.name,
    RootDeviceName: devices.root,
    BlockDeviceMappings: mappings.map((mapping) => inRegionOf(snapshot, mapping)),
    ...(labels.description === undefined ? {} : { Description: labels.description }),
    ...(architecture === undefined ? {} : { Architecture: architecture }),
    ...(modes.length > 0 ? { BootModes: [...modes] } : {}),
    ...(codes.length > 0 ? { ProductCodes: [...codes] } : {}),
    ...(tpm === undefined ? {} : { TpmMandatory: tpm }),
  };
}

/** A mapping with the snapshot that the region has of it. */
const inRegionOf = (
  { others }: BuildSnapshot,
  { Bsu, ...mapping }: BlockDeviceMappingImage,
): BlockDeviceMappingImage => {
  const { SnapshotId: id = '' } = Bsu ?? {};
  const there = others?.get(id);
  return Bsu === undefined
    ? mapping
    : { ...mapping, Bsu: there === undefined ? Bsu : { ...Bsu, SnapshotId: there } };
};

/**
 * Registers the OMI. If the API refuses product codes inherited from the source, registers it without them.
 */
async function create(
  request: Request,
  keepsCodes: boolean,
  snapshot: string,
  watch: CallWatch,
  tools: Tools,
): Promise<{ id: string; request: Request }> {
  try {
    return { id: await ask(request, snapshot, watch, tools), request };
  } catch (error) {
    if (keepsCodes || !mayDropProductCodes(request, error)) throw error;
    const less = withoutProductCodes(request);
    const id = await ask(less, snapshot, watch, tools);
    tools.report.warn(
      `The OMI has none of the source's product codes ${request.ProductCodes?.join(', ')}: ${describe(error)}`,
    );
    return { id, request: less };
  }
}

/** CreateImage has no ClientToken. After a lost response, name and snapshot identify the OMI. */
async function ask(request: Request, snapshot: string, watch: CallWatch, tools: Tools): Promise<string> {
  return await askOnce({
    ask: async () => {
      const { Image } = await tools.cloud.call('CreateImage', request, watch);
      return required(Image?.ImageId, 'CreateImage');
    },
    find: async () => await findBySnapshot(request.ImageName ?? '', snapshot, tools),
    signal: tools.signal,
  });
}

export const undoImage: Undo<'image'> = {
  title: ({ id, name }) => `Delete OMI ${id ?? name}`,
  released: ({ id }) => (id === undefined ? undefined : { kind: 'OMI', id, how: 'deleted' }),
  run: async ({ id, name, snapshot, asked }, tools) => {
    const found =
      id ??
      (await findLate({
        what: `OMI ${name}`,
        asked,
        find: async () => await findBySnapshot(name, snapshot, tools),
        isImpossible: async () => (await readSnapshot(tools.cloud, snapshot)) === undefined,
        shortTimeouts: tools.shortTimeouts,
        signal: tools.signal,
      }));
    if (found === undefined) return;
    await deleteImage(tools.cloud, found);
    retract(tools, ['omi-id', ''], ['omi-name', '']);
  },
};

/** The OMI of this name if it is the one of this build, which maps the build's snapshot. */
async function findBySnapshot(name: string, snapshot: string, tools: Tools): Promise<string | undefined> {
  const { Images } = await tools.cloud.call('ReadImages', { Filters: { ImageNames: [name] } });
  return Images?.find(({ BlockDeviceMappings }) =>
    BlockDeviceMappings?.some(({ Bsu }) => Bsu?.SnapshotId === snapshot),
  )?.ImageId;
}
