import { BuildError } from '../common/errors.js';
import type { Claims } from '../ledger/claims.js';
import type { Image } from '../outscale/api.js';
import { accountOf } from '../outscale/calls/account.js';
import { askOnce } from '../outscale/calls/create-once.js';
import { deleteImage } from '../outscale/calls/delete.js';
import { findLate } from '../outscale/calls/late.js';
import { readImage, readImageNamed } from '../outscale/calls/lookups.js';
import { sharedWith } from '../outscale/calls/permissions.js';
import { mayDropProductCodes, withoutProductCodes } from '../outscale/calls/product-codes.js';
import { required } from '../outscale/calls/required.js';
import { acquire, noting, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from './build-context.js';

/** Deletes the OMI to replace. The undo registers it again if the new OMI does not become final. */
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
      registrationOf(replaces, target.labels.name, target.account),
      async (claim) => {
        await deleteImage(tools.cloud, replaces.ImageId, noting(claim, tools.ledger));
        tools.ledger.update(claim, { deleted: true });
        tools.report.info(`Deregistered ${replaces.ImageId}, which the new OMI replaces`);
      },
      undoReplaced,
    ),
  );
}

/** The data needed to register an OMI again. */
function registrationOf(image: Image, name: string, account: string): Claims['replaced'] {
  const { ImageId: id = '', RootDeviceName = '/dev/sda1', BlockDeviceMappings = [] } = image;
  const root = BlockDeviceMappings.find(({ DeviceName }) => DeviceName === RootDeviceName);
  const { AccountIds = [], GlobalPermission = false } = image.PermissionsToLaunch ?? {};
  const shared = sharedWith(AccountIds, GlobalPermission, account);
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
    ...(shared === undefined ? {} : { shared }),
    tags: image.Tags ?? [],
  };
}

export const undoReplaced: Undo<'replaced'> = {
  title: ({ registration }) => `Register ${registration.ImageName} again`,
  released: ({ registration }) => ({ kind: 'OMI', id: registration.ImageName, how: 'registered again' }),
  run: async (old, tools) => {
    const name = old.registration.ImageName;
    const ownImages = tools.ledger
      .openOf('image')
      .filter(({ data }) => data.elsewhere?.region === tools.elsewhere?.region);
    if (ownImages.some(({ data }) => data.id !== undefined)) throw stillNamed(name);
    if (await isStillThere(old, tools)) return;
    const existing = await findNamed(name, tools);
    // It is the OMI of this build, registered late. Its own claim removes it.
    if (existing !== undefined && ownImages.some(({ data }) => maps(existing, data.snapshot)))
      throw stillNamed(name);
    // Another user has registered an OMI of this name in the meantime.
    if (existing !== undefined && !maps(existing, old.snapshot)) return;
    const id = existing?.ImageId ?? (await registerAgain(old.registration, tools));
    if (old.tags.length > 0) await tools.cloud.call('CreateTags', { ResourceIds: [id], Tags: old.tags });
    await tools.wait({
      what: `OMI ${id}`,
      limit: 'image',
      read: () => readImage(tools.cloud, id),
      done: ({ State }) => State === 'available',
      failed: ({ State }) => (State === 'failed' ? 'its state is failed' : undefined),
      describe: ({ State }) => ({ state: State ?? 'unknown' }),
    });
    if (old.shared !== undefined)
      await tools.cloud.call('UpdateImage', {
        ImageId: id,
        PermissionsToLaunch: { Additions: old.shared },
      });
    tools.report.warn(`Registered ${name} again as ${id} (its ID was ${old.id})`);
  },
};

const stillNamed = (name: string): BuildError =>
  new BuildError(`The OMI of this build still has the name ${name}`);

/**
 * Whether the old OMI was never deleted. A list may still show it after its deletion, and the API may carry
 * out a deletion late whose response was lost.
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
    describe: (listing) => listing,
  });
  return false;
}

const maps = ({ BlockDeviceMappings }: Image, snapshot: string): boolean =>
  BlockDeviceMappings?.some(({ Bsu }) => Bsu?.SnapshotId === snapshot) === true;

/** The OMI of this name in this account. Names of other accounts do not conflict. */
async function findNamed(name: string, tools: Tools): Promise<Image | undefined> {
  return await readImageNamed(tools.cloud, name, await accountOf(tools.cloud, tools.ledger.header.vm));
}

async function registerAgain(request: Claims['replaced']['registration'], tools: Tools): Promise<string> {
  const ask = async (wanted: Parameters<typeof withoutProductCodes>[0]): Promise<string> =>
    await askOnce({
      ask: async () => {
        const { Image } = await tools.cloud.call('CreateImage', wanted);
        return required(Image?.ImageId, 'CreateImage');
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
