import type { BuildConfig } from '../config/options/table.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext } from '../steps/build-context.js';
import type { BuildCache } from '../steps/cache/cache.js';

type Config = Pick<BuildConfig['provision'], 'cache' | 'cache_size'>;

const without: BuildCache = {
  mount: (chroot) => Promise.resolve(chroot),
  save: () => Promise.resolve(),
  [Symbol.dispose]: () => {},
};

/** Checks what the cache of a build needs, if it has one. @throws BuildError as the step does */
export async function checkCache({ cache = [], cache_size: size }: Config, tools: Tools): Promise<void> {
  if (cache.length === 0) return;
  const { requireCache } = await import(/* webpackMode: "eager" */ '../steps/cache/check.js');
  requireCache(size, tools);
}

/** The cache of a build. Its code is loaded only by builds that have one. */
export async function cacheOf(
  { cache: directories = [], cache_size: size }: Config,
  context: BuildContext,
  tools: Tools,
): Promise<BuildCache> {
  if (directories.length === 0) return without;
  const { openCache } = await import(/* webpackMode: "eager" */ '../steps/cache/cache.js');
  return openCache({ directories, size }, context, tools);
}
