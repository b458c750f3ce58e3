import type { BuildConfig } from '../../config/options/table.js';
import type { Image } from '../../outscale/api.js';
import { ownershipTags } from '../../outscale/ownership.js';
import type { ExportedImage } from '../../report/manifest.js';
import type { Tools } from '../../runtime/tools.js';
import type { FoundOutput } from './found.js';

type ExportConfig = NonNullable<BuildConfig['copies']['export']>;

/**
 * The export of an OMI, if it is what a build asks for and its objects still exist.
 * @param endpoint of the object storage
 * @returns the outputs that name it; or why the OMI is not reused
 */
export async function findExported(
  { Tags = [] }: Image,
  { bucket, prefix, format, manifest }: ExportConfig,
  endpoint: string,
  tools: Tools,
): Promise<readonly FoundOutput[] | string> {
  const keyOf = (tag: string): string | undefined => {
    const value = Tags.find(({ Key }) => Key === tag)?.Value;
    return value?.startsWith(`${bucket}/${prefix}`) ? value.slice(bucket.length + 1) : undefined;
  };
  const wanted = [
    ['export-url', keyOf(ownershipTags.export)] as const,
    ...(manifest ? [['export-manifest', keyOf(ownershipTags.exportManifest)] as const] : []),
  ];
  const store = (await tools.objectStore(endpoint)).with(tools.signal);
  const outputs: FoundOutput[] = [];
  for (const [name, key] of wanted) {
    if (key === undefined) return `it was not exported to ${bucket}/${prefix}`;
    if (name === 'export-url' && !key.includes(`.${format}`)) return 'it was exported in another format';
    const found = await store.list(bucket, key);
    if (!found.some((one) => one.key === key)) return `its export ${bucket}/${key} no longer exists`;
    outputs.push([name, store.urlOf(bucket, key)]);
  }
  return outputs;
}

/** The objects that the outputs of a reused OMI name; undefined if none of them does. */
export function exportedIn(outputs: readonly FoundOutput[]): ExportedImage | undefined {
  const outputOf = (name: FoundOutput[0]): string | undefined => outputs.find(([one]) => one === name)?.[1];
  const [url, manifestUrl] = [outputOf('export-url'), outputOf('export-manifest')];
  return url === undefined ? undefined : { url, ...(manifestUrl === undefined ? {} : { manifestUrl }) };
}
