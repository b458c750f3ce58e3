import { firstOf } from '../../host/image/limits.js';
import { type Changes, changesBetween } from '../../quality/inventory/changes.js';
import { readInventory } from '../../quality/inventory/read.js';
import { rpmReader } from '../../quality/inventory/rpm-reader.js';
import { changesText } from '../../quality/inventory/text.js';
import type { Inventory } from '../../quality/inventory/types.js';
import type { Tools } from '../../runtime/tools.js';
import type { Chroot } from '../chroot.js';

/** An image to inspect. Between `mount` and `commit` it has neither a sandbox nor a scratch directory. */
type InspectedImage = Pick<Chroot, 'tree' | 'disk'> & Partial<Pick<Chroot, 'sandbox' | 'scratch'>>;

/** The state of an image before its provisioning. `mount` passes it to `commit`. */
export interface SourceContent {
  readonly inventory: Inventory;
}

/** What is known about the content of a new image. */
export interface ImageContent {
  readonly inventory: Inventory;
  /** Undefined for a build that an earlier version of `mount` started. */
  readonly changes: Changes | undefined;
}

/** Reads the image before the first script. */
export async function inspectSource(image: InspectedImage, tools: Tools): Promise<SourceContent> {
  return await tools.report.phase('Inspect source', async () => ({
    inventory: await inventoryOf(image, tools),
  }));
}

/**
 * Reads the image after provisioning, when the temporary changes are reverted, and reports what the build has
 * changed. No process may use the image.
 */
export async function inspectImage(
  image: InspectedImage,
  before: SourceContent | undefined,
  tools: Tools,
): Promise<ImageContent> {
  return await tools.report.phase('Inspect image', async () => {
    const inventory = await inventoryOf(image, tools);
    for (const problem of firstOf(inventory.problems))
      tools.report.notice(`Inventory incomplete: ${problem}`);
    const changes = before === undefined ? undefined : changesBetween(before.inventory, inventory);
    if (changes !== undefined) tools.report.info(`Changed in the image: ${changesText(changes)}`);
    return { inventory, changes };
  });
}

async function inventoryOf(image: InspectedImage, { signal }: Tools): Promise<Inventory> {
  const inventory = await readInventory(image.tree, rpmReader(image, signal));
  signal.throwIfAborted();
  return inventory;
}
