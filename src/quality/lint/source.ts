import type { Partition } from '../../host/disk/partitions.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import { readRegular } from '../../host/regular-file.js';
import { fingerprints } from './initramfs.js';
import { findingKey, lint } from './lint.js';
import { loaderOf } from './loader.js';
import type { LintedImage } from './types.js';

/** What lint found in the source, to tell apart what a build brought. */
export interface SourceFindings {
  /** See `findingKey`. */
  readonly findings: readonly string[];
  /** See `fingerprints`. */
  readonly initramfs: Readonly<Record<string, string>>;
}

/** The image as lint sees it. @param source what the image had before its provisioning */
export const lintedImage = (
  tree: ImageTree,
  partitions: readonly Partition[],
  signal: AbortSignal,
  source?: SourceFindings,
): LintedImage => ({
  tree,
  partitions,
  loader: loaderOf(tree),
  resolver: resolverOfVm(),
  knownInitramfs: source?.initramfs ?? {},
  signal,
});

/** Checks the source, without its initramfs files: lint unpacks only those that a build changes. */
export async function lintSource(
  tree: ImageTree,
  partitions: readonly Partition[],
  signal: AbortSignal,
): Promise<SourceFindings> {
  const image = lintedImage(tree, partitions, signal);
  const initramfs = readFingerprints(image);
  const { findings } = await lint({ ...image, knownInitramfs: initramfs }, []);
  return { findings: findings.map(findingKey), initramfs };
}

/** An image whose boot loader cannot be read has no known files. */
function readFingerprints(image: LintedImage): Record<string, string> {
  try {
    return fingerprints(image);
  } catch {
    return {};
  }
}

function resolverOfVm(): Buffer | undefined {
  try {
    return readRegular('/etc/resolv.conf');
  } catch {
    return undefined;
  }
}
