import { BuildError, describe } from '../common/errors.js';
import { sleep } from '../common/wait.js';
import type { Image } from '../outscale/api.js';
import { mayBuildFrom } from '../outscale/calls/can-build-from.js';
import { askOnce } from '../outscale/calls/create-once.js';
import { deleteImage, removalOf } from '../outscale/calls/delete.js';
import { findLate } from '../outscale/calls/late.js';
import { asTags, readImage, readImageNamed, snapshotsOf } from '../outscale/calls/lookups.js';
import { isConflict } from '../outscale/errors.js';
import { copyName, copyNote, ownershipTags, tokenOf } from '../outscale/ownership.js';
import { acquire, noting, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext } from './check.js';
import type { Source } from './source.js';

/** How often a copy that failed or went away is tried again. */
const attempts = 10;

/**
 * The OMI that is built from in place of a source of another account whose snapshots may not be used: its copy in this
 * account, made now or earlier. Undefined where the source itself will do.
 */
export async function copyIfForeign(context: BuildContext, tools: Tools): Promise<Image | undefined> {
  const { source, account, vm } = context;
  if (source === undefined || (source.image.AccountId ?? account) === account) return undefined;
  const asked = {
    ClientToken: tokenOf(tools.build, vm.vmId, 'dry-run'),
    SnapshotId: source.root.SnapshotId,
    SubregionName: vm.subregion,
  };
  if (await mayBuildFrom(tools.cloud, source.image, asked)) return undefined;
  return await tools.report.phase('Copy source', () => copySource(source, context, tools));
}

/** Makes the copy or finds it: its name is the lock, and who gets the conflict waits for it. */
export async function copySource(
  { origin }: Source,
  { account, vm }: Pick<BuildContext, 'account' | 'vm'>,
  tools: Tools,
): Promise<Image> {
  const name = copyName(origin.id);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const there = await readImageNamed(tools.cloud, name, account);
    if (there?.State === 'failed') await removeCopy(there, [], tools);
    const copy =
      there === undefined || there.State === 'failed'
        ? await makeCopy(name, origin.id, { account, region: vm.region }, tools)
        : await waitForCopy(there, tools);
    if (copy !== undefined) {
      await noteUse(copy, origin.id, tools);
      return copy;
    }
    await sleep(100 * attempt, tools.signal);
  }
  throw new BuildError(`${origin.id} could not be copied into this account`, {
    hint: `Look for an OMI named "${name}" in this account.`,
  });
}

/** The copy once it is available; undefined when it failed or went away. */
async function waitForCopy({ ImageId: id = '' }: Image, tools: Tools): Promise<Image | undefined> {
  const copy = await tools.wait({
    what: `copy ${id}`,
    limit: 'image',
    // Another build may have asked for it and have been cancelled since.
    read: async () => (await readImage(tools.cloud, id)) ?? { ImageId: id, State: 'gone' },
    done: ({ State }) => State === 'available' || State === 'failed' || State === 'gone',
    describe: ({ State }) => ({ state: State ?? 'unknown' }),
  });
  return copy.State === 'available' ? copy : undefined;
}

/** Until it is available the copy belongs to the build that asked for it. Undefined when another was quicker. */
async function makeCopy(
  name: string,
  source: string,
  { account, region }: { readonly account: string; readonly region: string },
  tools: Tools,
): Promise<Image | undefined> {
  const note = copyNote(source, tools.build);
  try {
    await using copy = await acquire(
      tools,
      'copy',
      { name, note },
      async (claim) => {
        const request = {
          ImageName: name,
          SourceImageId: source,
          SourceRegionName: region,
          Description: note,
        };
        const watch = noting(claim, tools.ledger);
        const image = await askOnce({
          ask: async () => (await tools.cloud.call('CreateImage', request, watch)).Image,
          find: async () => await readImageNamed(tools.cloud, name, account),
          signal: tools.signal,
        });
        const id = image?.ImageId;
        if (image === undefined || id === undefined)
          throw new BuildError('CreateImage answered without an OMI ID');
        tools.ledger.update(claim, { id, snapshots: snapshotsOf(image) });
        tools.report.info(`${source} is of another account: it is copied as ${id}, once for all builds`);
        return await waitForCopy(image, tools);
      },
      undoCopy,
    );
    if (copy.value !== undefined) tools.ledger.close(copy.claim);
    return copy.value;
  } catch (error) {
    if (isConflict(error)) return undefined;
    throw error;
  }
}

/** Leaves a note for those who tidy up: sweep removes copies that nobody used for long. */
async function noteUse({ ImageId: id = '', ...copy }: Image, source: string, tools: Tools): Promise<void> {
  const tags = asTags({ [ownershipTags.source]: source, [ownershipTags.lastUsed]: new Date().toISOString() });
  await tools.cloud
    .call('CreateTags', { ResourceIds: [id, ...snapshotsOf(copy)], Tags: tags })
    .catch((error: unknown) => tools.report.warn(`the use of ${id} was not noted: ${describe(error)}`));
}

export const undoCopy: Undo<'copy'> = {
  title: ({ id, name }) => `Delete unfinished copy ${id ?? name}`,
  run: async ({ id, name, note, snapshots = [], asked }, tools) => {
    // Without an ID its note tells whose it is. One that is ours and available stays, for every build.
    const copy =
      id === undefined
        ? await findLate({
            what: `OMI ${name}`,
            asked,
            find: async () => await findByNote(name, note, tools),
            shortTimeouts: tools.shortTimeouts,
            signal: tools.signal,
          })
        : ((await readImage(tools.cloud, id)) ?? { ImageId: id });
    if (copy?.State === 'available') return;
    await removeCopy(copy, snapshots, tools);
  },
};

async function findByNote(name: string, note: string, tools: Tools): Promise<Image | undefined> {
  const { Images = [] } = await tools.cloud.call('ReadImages', { Filters: { ImageNames: [name] } });
  return Images.find(({ Description }) => Description === note);
}

/** @param snapshots more of them than the OMI still tells. */
async function removeCopy(
  copy: Image | undefined,
  snapshots: readonly string[],
  tools: Tools,
): Promise<void> {
  await deleteImage(tools.cloud, copy?.ImageId);
  const all = new Set([...snapshots, ...(copy === undefined ? [] : snapshotsOf(copy))]);
  for (const snapshot of all) await tools.wait(removalOf(tools.cloud, snapshot));
}
