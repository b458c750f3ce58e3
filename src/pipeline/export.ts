import { objectStorageOf } from '../config/kit/endpoint.js';
import type { BuildConfig, ImageConfig } from '../config/options/table.js';
import type { Resource } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from '../steps/build-context.js';
import { requireBucket } from '../steps/export/check.js';
import { type Exported, exportTo } from '../steps/export/export.js';
import { recordExport } from '../steps/export/record.js';

/** The options of a build that concern its products. */
export interface ProductConfig extends Pick<BuildConfig, 'access' | 'copies' | 'running'> {
  readonly image: ImageConfig;
}

/** The endpoint of the object storage of the region of a build. */
export const storageOf = (
  { access }: Pick<BuildConfig, 'access'>,
  { vm }: { readonly vm: { readonly region: string } },
): string => objectStorageOf(access.custom_endpoint_oos, vm.region);

/** Checks what a build exports to. Creates nothing. @throws BuildError that names the option */
export async function checkExport(
  config: Pick<BuildConfig, 'access' | 'copies'>,
  context: Pick<Target, 'vm'>,
  tools: Tools,
): Promise<void> {
  const { export: wanted } = config.copies;
  if (wanted === undefined) return;
  await requireBucket('export', { endpoint: storageOf(config, context), bucket: wanted.bucket }, tools);
}

/** Exports the OMI, or without one the snapshot, if that is wanted. */
export async function exportProduct(
  snapshot: string,
  image: string | undefined,
  target: Target,
  config: ProductConfig,
  tools: Tools,
): Promise<Resource<Exported, 'export'> | undefined> {
  const { export: wanted } = config.copies;
  if (wanted === undefined) return undefined;
  const { bucket, prefix, format, manifest } = wanted;
  const of = manifest && image !== undefined ? image : snapshot;
  const endpoint = storageOf(config, target);
  return await tools.report.phase(
    'Export',
    async () =>
      await exportTo(
        { of, bucket, prefix, format },
        {
          endpoint,
          root: snapshot,
          isProduct: true,
          finish: async ({ key, objects }) => {
            const inBucket = (name: string): string => `${bucket}/${name}`;
            const list = objects.manifest && inBucket(objects.manifest.key);
            if (image !== undefined && target.digest !== undefined)
              await recordExport(image, { disk: inBucket(key), manifest: list }, tools);
            tools.report.result(inBucket(key));
          },
        },
        tools,
      ),
  );
}
