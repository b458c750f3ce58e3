import { BuildError } from '../common/errors.js';
import type { Claims } from '../ledger/claims.js';
import type { Image } from '../outscale/api.js';
import { askOnce } from '../outscale/calls/create-once.js';
import { deleteImage } from '../outscale/calls/delete.js';
import { findLate } from '../outscale/calls/late.js';
import { readImage } from '../outscale/calls/lookups.js';
import { mayDropProductCodes, withoutProductCodes } from '../outscale/calls/product-codes.js';
import { acquire, noting, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from './check.js';

/** Deletes the OMI that makes way. Unless the new one is kept, it is registered again. */
export async function removeReplaced(
  target: Target,
  tools: Tools,
): Promise<Resource<void, 'replaced'> | undefined> {
  const { replaces } = target;
  if (replaces === undefined) return undefined;
  return await tools.report.phase('Remove replaced OMI', () =>
    acquire(
      tools,
      'replaced',
      memoryOf(replaces, target.labels.name),
      async (claim) => {
        await deleteImage(tools.cloud, replaces.ImageId, noting(claim, tools.ledger));
        tools.ledger.update(claim, { deleted: true });
        tools.report.info(`${replaces.ImageId} makes way for the new OMI`);
      },
      undoReplaced,
    ),
  );
}

/** All that it takes to register an OMI again. */
function memoryOf(image: Image, name: string): Claims['replaced'] {
  const { ImageId: id = '', RootDeviceName = '/dev/sda1', BlockDeviceMappings = [] } = image;
  const root = BlockDeviceMappings.find(({ DeviceName }) => DeviceName === RootDeviceName);
  const shared = image.PermissionsToLaunch;
  const isShared = shared?.GlobalPermission === true || (shared?.AccountIds ?? []).length > 0;
  return {
    id,
    snapshot: root?.Bsu?.SnapshotId ?? '',
    registration: {
      ImageName: name,
      RootDeviceName,
      BlockDeviceMappings,
      ...(image.Description === undefined ? {} : { Description: image.Description }),
      ...(image.Architecture === undefined ? {} : { Architecture: image.Architecture }),
      ...(image.BootModes?.length ? { BootModes: image.BootModes } : {}),
      ...(image.ProductCodes?.length ? { ProductCodes: image.ProductCodes } : {}),
      ...(image.TpmMandatory === undefined ? {} : { TpmMandatory: image.TpmMandatory }),
    },
    ...(isShared && shared !== undefined ? { shared } : {}),
    tags: image.Tags ?? [],
  };
}

export const undoReplaced: Undo<'replaced'> = {
  title: ({ registration }) => `Register ${registration.ImageName} again`,
  run: async (old, tools) => {
    const name = old.registration.ImageName;
    const doomed = tools.ledger.openOf('image');
    if (doomed.some(({ data }) => data.id !== undefined)) throw stillNamed(name);
    if (await isStillThere(old, tools)) return;
    const there = await findNamed(name, tools);
    // The one of this build has come late: its own claim takes it away.
    if (there !== undefined && doomed.some(({ data }) => maps(there, data.snapshot))) throw stillNamed(name);
    // Somebody else has made one of that name since.
    if (there !== undefined && !maps(there, old.snapshot)) return;
    const id = there?.ImageId ?? (await registerAgain(old.registration, tools));
    if (old.tags.length > 0) await tools.cloud.call('CreateTags', { ResourceIds: [id], Tags: old.tags });
    await tools.wait({
      what: `OMI ${id}`,
      limit: 'image',
      read: () => readImage(tools.cloud, id),
      done: ({ State }) => State === 'available',
      dead: ({ State }) => (State === 'failed' ? 'its state is failed' : undefined),
      describe: ({ State }) => ({ state: State ?? 'unknown' }),
    });
    if (old.shared !== undefined)
      await tools.cloud.call('UpdateImage', {
        ImageId: id,
        PermissionsToLaunch: { Additions: old.shared },
      });
    tools.report.warn(`${name} is registered again as ${id}: the same OMI, but its ID was ${old.id}`);
  },
};

const stillNamed = (name: string): BuildError =>
  new BuildError(`the OMI of this build has the name ${name} still`);

/**
 * Whether the old OMI was never deleted. A list that lags shows it after its deletion, and a deletion whose answer was
 * lost may be carried out late.
 */
async function isStillThere({ id, asked, deleted }: Claims['replaced'], tools: Tools): Promise<boolean> {
  const isListed = async (): Promise<boolean> => (await readImage(tools.cloud, id)) !== undefined;
  if (deleted !== true) {
    const isGone = await findLate({
      what: `The deletion of OMI ${id}`,
      asked,
      find: async () => ((await isListed()) ? undefined : true),
      shortTimeouts: tools.shortTimeouts,
      signal: tools.signal,
    });
    return isGone !== true;
  }
  await tools.wait({
    what: `OMI ${id}`,
    limit: 'image',
    read: async () => ({ state: (await isListed()) ? 'listed' : 'deleted' }),
    done: ({ state }) => state === 'deleted',
    describe: (seen) => seen,
  });
  return false;
}

const maps = ({ BlockDeviceMappings }: Image, snapshot: string): boolean =>
  BlockDeviceMappings?.some(({ Bsu }) => Bsu?.SnapshotId === snapshot) === true;

/** The OMI of that name that is this account's: only an account's own name stands in the way of a registration. */
async function findNamed(name: string, tools: Tools): Promise<Image | undefined> {
  const { Accounts } = await tools.cloud.call('ReadAccounts', {});
  const account = Accounts?.[0]?.AccountId;
  const { Images } = await tools.cloud.call('ReadImages', {
    Filters: { ImageNames: [name], ...(account === undefined ? {} : { AccountIds: [account] }) },
  });
  return Images?.find(({ ImageName }) => ImageName === name);
}

async function registerAgain(request: Claims['replaced']['registration'], tools: Tools): Promise<string> {
  const ask = async (wanted: Parameters<typeof withoutProductCodes>[0]): Promise<string> =>
    await askOnce({
      ask: async () => {
        const { Image } = await tools.cloud.call('CreateImage', wanted);
        if (Image?.ImageId === undefined) throw new BuildError('CreateImage answered without an OMI ID');
        return Image.ImageId;
      },
      find: async () => (await findNamed(request.ImageName, tools))?.ImageId,
      signal: tools.signal,
    });
  try {
    return await ask(request);
  } catch (error) {
    if (!mayDropProductCodes(request, error)) throw error;
    return await ask(withoutProductCodes(request));
  }
}
