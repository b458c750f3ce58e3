import { ownershipTags } from '../../outscale/ownership.js';
import { tagOwn } from '../../runtime/own-tags.js';
import type { Tools } from '../../runtime/tools.js';

/** The objects of an export, each as `BUCKET/KEY`. */
export interface ExportedTo {
  readonly disk: string;
  readonly manifest: string | undefined;
}

/** The longest value of a tag (schema `ResourceTag`). */
const longest = 255;

/**
 * Tags an OMI with the objects that it was exported to, so that a later build that reuses it finds them. One
 * whose keys are too long for a tag is not reused by a build that exports.
 */
export async function recordExport(
  image: string,
  { disk, manifest }: ExportedTo,
  tools: Tools,
): Promise<void> {
  const own = [
    { Key: ownershipTags.export, Value: disk },
    ...(manifest === undefined ? [] : [{ Key: ownershipTags.exportManifest, Value: manifest }]),
  ];
  if (own.every(({ Value }) => Value.length <= longest)) await tagOwn(image, { wanted: [], own }, tools);
}
