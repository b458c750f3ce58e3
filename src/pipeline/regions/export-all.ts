import { BuildError } from '../../common/errors.js';
import { readSnapshot } from '../../outscale/calls/lookups.js';
import { mapDevices, planDevices } from '../../outscale/images/device-mappings.js';
import type { Tools } from '../../runtime/tools.js';
import type { Target } from '../../steps/build-context.js';
import { exportTo } from '../../steps/export/export.js';
import type { ToImport } from '../../steps/regions/import-snapshot.js';
import { type ProductConfig, storageOf } from '../export.js';
import type { ResourceStack } from './resource-stack.js';

/** The prefix of the objects that are on the way to other regions; the build is their owner. */
const prefixOf = ({ build }: Tools): string => `build-omi/${build.id}/`;

/**
 * Exports the snapshots that the OMI maps, the root first.
 * @param root with its size in GiB, if it is known: the API need not return it
 * @param stack gets the exports
 */
export async function exportAll(
  { id: root, size: rootSize }: { readonly id: string; readonly size: number | undefined },
  target: Target,
  config: ProductConfig,
  stack: ResourceStack,
  tools: Tools,
): Promise<readonly [ToImport, ...ToImport[]]> {
  const { mappings } = mapDevices(planDevices(config.image, target.source), { snapshot: root });
  const others = mappings.flatMap(({ Bsu }) => Bsu?.SnapshotId ?? []).filter((id) => id !== root);
  const endpoint = storageOf(config, target);
  const exportOne = async (id: string): Promise<ToImport> => {
    const size = (await readSnapshot(tools.cloud, id))?.VolumeSize ?? (id === root ? rootSize : undefined);
    if (size === undefined) throw new BuildError(`The size of snapshot ${id} is unknown`);
    const bucket = config.copies.export_bucket ?? '';
    const wanted = { of: id, bucket, prefix: prefixOf(tools), format: 'qcow2' } as const;
    const { key } = stack.add(await exportTo(wanted, { endpoint, root: id, isProduct: false }, tools)).value;
    const store = await tools.objectStore(endpoint);
    const seconds = config.running.transfer_timeout / 1000;
    return { id, size, presign: async () => await store.presign(bucket, key, seconds) };
  };
  const exported: [ToImport, ...ToImport[]] = [await exportOne(root)];
  for (const id of new Set(others)) exported.push(await exportOne(id));
  return exported;
}
