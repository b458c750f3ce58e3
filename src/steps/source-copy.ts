import { BuildError, describe } from '../common/errors.js';
import { sleep } from '../common/wait.js';
import type { Image } from '../outscale/api.js';
import { askContested, type Timing } from '../outscale/calls/contested.js';
import { askOnce } from '../outscale/calls/create-once.js';
import { deleteImage, removalOf } from '../outscale/calls/delete.js';
import { findLate } from '../outscale/calls/late.js';
import { asTags, readImage, readImageNamed, snapshotsOf } from '../outscale/calls/lookups.js';
import { required } from '../outscale/calls/required.js';
import { copyName, copyNote, ownershipTags, parseCopyNote } from '../outscale/ownership.js';
import { acquire, noting, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext } from './build-context.js';
import type { Source } from './source.js';

/** Attempts to copy, when a copy has failed or was deleted. */
const attempts = 10;

/**
 * Finds or creates the copy. Its name is the lock: a build whose request conflicts waits for the copy of the
 * other.
 * @throws ApiError if the API refuses the copy for another reason; BuildError if each copy fails or is
 *   deleted.
 */
export async function copySource(
  { origin }: Source,
  { account, vm }: Pick<BuildContext, 'account' | 'vm'>,
  tools: Tools,
  time?: Timing,
): Promise<Image> {
  const name = copyName(origin.id);
  const find = async (): Promise<Image | undefined> => await readImageNamed(tools.cloud, name, account);
  const ask = async (): Promise<Image> => {
    const existing = await find();
    if (existing !== undefined) requireCopyOf(origin.id, existing);
    if (existing?.State === 'failed') await removeCopy(existing, [], tools);
    return existing === undefined || existing.State === 'failed'
      ? await makeCopy(name, origin.id, { account, region: vm.region }, tools)
      : await waitForCopy(existing, tools);
  };
  const isExplained = async (): Promise<boolean> => isLiving(await find());
  let last: Image = {};
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    last = await askContested({ ask, isExplained, signal: tools.signal }, time);
    if (last.State === 'available') {
      await recordUse(last, origin.id, tools);
      return last;
    }
    await sleep(100 * attempt, tools.signal);
  }
  const { State: state, StateComment: comment } = last;
  throw new BuildError(
    `${origin.id} could not be copied into this account: the last copy is ${[state, comment?.StateMessage].filter(Boolean).join(', ')}`,
    { hint: `Check the OMI named "${name}" in this account.` },
  );
}

/** Whether a copy can still become available, or is. */
const isLiving = (copy: Image | undefined): boolean => copy !== undefined && copy.State !== 'failed';

/**
 * A name proves nothing: an OMI is a copy of a source if a build has tagged it with the ID of that source.
 * Until it has that tag, its description must be the one that a build requests.
 * @throws BuildError for any other OMI of that name.
 */
function requireCopyOf(source: string, { ImageId: id, Tags = [], Description }: Image): void {
  const tag = Tags.find(({ Key }) => Key === ownershipTags.source)?.Value;
  if (tag === undefined ? parseCopyNote(Description)?.source === source : tag === source) return;
  throw new BuildError(
    `OMI ${id} not used: it has the name of a copy of ${source}, but no build created it`,
    {
      hint: 'Rename it or delete it. Then the next build copies the source.',
    },
  );
}

/** The copy once its state is `available`, `failed`, or `gone` if it was deleted. */
async function waitForCopy({ ImageId: id = '' }: Image, tools: Tools): Promise<Image> {
  return await tools.wait({
    what: `copy ${id}`,
    limit: 'image',
    // The build that requested it may have been cancelled, which deletes it.
    read: async () => (await readImage(tools.cloud, id)) ?? { ImageId: id, State: 'gone' },
    done: ({ State }) => State === 'available' || State === 'failed' || State === 'gone',
    describe: ({ State }) => ({ state: State ?? 'unknown' }),
  });
}

/** Until it is available, the copy belongs to the build that requested it. @returns as waitForCopy */
async function makeCopy(
  name: string,
  source: string,
  { account, region }: { readonly account: string; readonly region: string },
  tools: Tools,
): Promise<Image> {
  const note = copyNote(source, tools.build);
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
      const id = required(image?.ImageId, 'CreateImage');
      tools.ledger.update(claim, { id, snapshots: snapshotsOf(image ?? {}) });
      tools.report.info(`Copying source ${source} of another account as ${id}, for all builds`);
      return await waitForCopy({ ImageId: id }, tools);
    },
    undoCopy,
  );
  if (copy.value.State === 'available') tools.ledger.close(copy.claim);
  return copy.value;
}

/** Records the time of use in a tag: sweep removes copies that no build has used for a long time. */
async function recordUse({ ImageId: id = '', ...copy }: Image, source: string, tools: Tools): Promise<void> {
  const tags = asTags({ [ownershipTags.source]: source, [ownershipTags.lastUsed]: new Date().toISOString() });
  await tools.cloud
    .call('CreateTags', { ResourceIds: [id, ...snapshotsOf(copy)], Tags: tags })
    .catch((error: unknown) => tools.report.warn(`Time of use not recorded on ${id}: ${describe(error)}`));
}

export const undoCopy: Undo<'copy'> = {
  title: ({ id, name }) => `Delete unfinished copy ${id ?? name}`,
  released: ({ id }) => (id === undefined ? undefined : { kind: 'OMI', id, how: 'deleted' }),
  run: async ({ id, name, note, snapshots = [], asked }, tools) => {
    // Without an ID, its description identifies the build. An available copy stays, for all builds.
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

/** @param snapshots recorded snapshots of the copy, which a deleted OMI no longer lists */
async function removeCopy(
  copy: Image | undefined,
  snapshots: readonly string[],
  tools: Tools,
): Promise<void> {
  await deleteImage(tools.cloud, copy?.ImageId);
  const all = new Set([...snapshots, ...(copy === undefined ? [] : snapshotsOf(copy))]);
  for (const snapshot of all) await tools.wait(removalOf(tools, snapshot));
}
