import { entriesOf } from '../../host/image/entries.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import { linesOf } from './accounts.js';
import { findInCompressed } from './find-in-compressed.js';
import { bootFile } from './loader.js';
import type { LintedImage, Problem } from './types.js';

/** Drivers of the disks of Outscale VMs: the root is a virtio disk, other volumes are SCSI disks. */
const drivers = ['virtio_pci', 'virtio_blk', 'virtio_scsi', 'sd_mod'] as const;
/** Maximum size of an initramfs, in bytes, and maximum number of those that are unpacked. */
const limits = { bytes: 256 * 2 ** 20, files: 4 } as const;

/** The initramfs files that boot loader entries name, by path, with their kernel. */
function filesOf({ tree, loader }: Pick<LintedImage, 'tree' | 'loader'>): Map<string, string> {
  const found = new Map<string, string>();
  for (const { kernel, initramfs } of loader().entries)
    for (const written of initramfs) {
      const path = bootFile(tree, written);
      if (path !== undefined && found.size < limits.files) found.set(path, kernel);
    }
  return found;
}

/** Size and modification time of each initramfs, by path. */
export const fingerprints = (image: Pick<LintedImage, 'tree' | 'loader'>): Record<string, string> =>
  Object.fromEntries([...filesOf(image).keys()].map((path) => [path, fingerprint(image.tree, path)]));

const fingerprint = (tree: ImageTree, path: string): string =>
  `${tree.stat(path)?.size} ${tree.stat(path)?.mtimeMs}`;

/**
 * Disk drivers that neither a new initramfs nor its kernel contains. An initramfs that was made on another
 * kind of machine may hold only the drivers of that machine (`MODULES=dep`, `hostonly`).
 */
export async function initramfsDrivers(image: LintedImage): Promise<Problem[]> {
  const { tree, knownInitramfs, signal } = image;
  const problems: Problem[] = [];
  for (const [file, kernel] of filesOf(image)) {
    if (knownInitramfs[file] === fingerprint(tree, file)) continue;
    const version = /vmlinu[xz]-(.+)$/.exec(kernel)?.[1];
    const names = namesOf(tree, version);
    const wanted = drivers.filter(
      (driver) => !names.builtin.includes(driver) && names.modules.includes(driver),
    );
    const content = wanted.length === 0 ? undefined : tree.read(file, limits.bytes);
    if (content === undefined) continue;
    const found = await findInCompressed(
      content,
      wanted.map((driver) => `/${driver}.ko`),
      signal,
    );
    const missing = wanted.filter((driver) => !found.has(`/${driver}.ko`));
    if (missing.length > 0) problems.push({ file, problem: `lacks the drivers ${missing.join(', ')}` });
  }
  return problems;
}

/** The built-in drivers of a kernel (`modules.builtin`), and those that are modules (`modules.dep`). */
function namesOf(tree: ImageTree, version: string | undefined): Record<'builtin' | 'modules', string[]> {
  if (version === undefined || entriesOf(tree, `/lib/modules/${version}`).length === 0)
    return { builtin: [], modules: [...drivers] };
  const inFile = (name: string): string[] => {
    const lines = linesOf(tree, `/lib/modules/${version}/${name}`);
    return drivers.filter((driver) => lines.some((line) => line.split(':')[0]?.includes(`/${driver}.ko`)));
  };
  return { builtin: inFile('modules.builtin'), modules: inFile('modules.dep') };
}
