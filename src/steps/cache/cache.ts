import { BuildError, describe } from '../../common/errors.js';
import { mebibytes } from '../../common/mebibytes.js';
import { sha256 } from '../../common/sha256.js';
import { type CacheCopy, copyCache } from '../../fleet/cache/copy.js';
import { openCacheFolder } from '../../fleet/cache/folder.js';
import { mountCaches } from '../../host/chroot/cache-mounts.js';
import type { Tools } from '../../runtime/tools.js';
import type { BuildContext } from '../build-context.js';
import type { Chroot } from '../chroot.js';
import type { Source } from '../source.js';

/** What the options ask for. */
interface CacheRequested {
  readonly directories: readonly string[];
  /** Bytes. */
  readonly size: number;
}

/** The cache of a build. Disposing of it removes the copy that the build used. */
export interface BuildCache extends Disposable {
  /** Mounts its directories into the image, before the first script. */
  mount(chroot: Chroot): Promise<Chroot>;
  /** Makes the state of this build the one that the next builds see. A failure is a warning. */
  save(): Promise<void>;
}

/**
 * Builds share a cache if user, repository, endpoint and source are the same: scripts of one image must not
 * leave files for another image.
 */
export function cacheKey(
  { source }: { readonly source: Pick<Source, 'file' | 'origin'> | undefined },
  {
    build,
    cloud,
  }: { readonly build: Pick<Tools['build'], 'repository'>; readonly cloud: { endpoint: string } },
): string {
  // Another file at the same path or URL is another image.
  const from = source?.file?.sha256 ?? source?.origin.id ?? 'scratch';
  return sha256(JSON.stringify([build.repository, cloud.endpoint, from])).slice(0, 32);
}

/** Names the directory of a list entry in the filesystem of the cache. */
const entryName = (path: string): string => sha256(path).slice(0, 32);

/** Opens the directory of the caches of the user. */
export function openCache(
  { directories, size }: CacheRequested,
  context: Pick<BuildContext, 'source'>,
  tools: Tools,
): BuildCache {
  const { build, report, signal } = tools;
  const folder = openCacheFolder(build.stateDir, build.user.uid);
  let copy: CacheCopy | undefined;
  return {
    mount: async (chroot) =>
      await report.phase('Mount cache', async () => {
        const request = { key: cacheKey(context, tools), build: build.id, size, signal };
        copy = await copyCache(folder, request).catch((error: unknown) => {
          signal.throwIfAborted();
          throw new BuildError('cache: its filesystem cannot be prepared', { cause: error });
        });
        const { sandbox, tree, disk } = chroot;
        const mounts = directories.map((path) => ({ name: entryName(path), path }));
        const { targets, made } = await mountCaches({ sandbox, tree, signal }, disk.disk, copy.file, mounts);
        report.result(
          `mounted, ${copy.found === 0 ? 'empty' : `${mebibytes(copy.found)} of earlier builds`}`,
        );
        return { ...chroot, caches: targets, made: [...chroot.made, ...made] };
      }),
    save: async () => {
      await report.phase('Keep cache', async () => {
        try {
          await copy?.save();
          report.result('kept for the next build');
        } catch (error) {
          report.warn(`Cache not kept: ${describe(error)}`);
        }
      });
    },
    [Symbol.dispose]: () => {
      copy?.[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}
