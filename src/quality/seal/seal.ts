import { posix } from 'node:path';
import { BuildError, describe } from '../../common/errors.js';
import { type SealAction, sealActions } from '../../config/types/seal.js';
import { emptyFile } from '../../host/image/empty-file.js';
import { entriesOf } from '../../host/image/entries.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import { isAtOrBelow } from '../../host/proc/mountinfo.js';
import { histories, homesOf } from '../lint/accounts.js';
import { cloudInitState, hostKeysOf } from '../lint/identity.js';

/** What an action did: the paths that it removed or emptied. */
export interface Sealed {
  readonly action: SealAction;
  readonly paths: readonly string[];
  /** Why the action is incomplete. */
  readonly problem?: string;
}

/** An image to seal. */
interface SealedImage {
  readonly tree: ImageTree;
  /** Paths in the image where something else than its disk is mounted, such as a directory of the VM. */
  readonly foreign: readonly string[];
}

/** @throws BuildError if a change of the path, or below it, could be a change outside the image. */
function requireOwn({ tree, foreign }: SealedImage, path: string): void {
  const parent = tree.resolve(posix.dirname(path));
  const full = posix.join(parent, posix.basename(path));
  const mount = foreign.find((one) => isAtOrBelow(full, one) || isAtOrBelow(one, full));
  if (mount !== undefined) throw new BuildError(`${path} is on a mount that is not of the image: ${mount}`);
  if (parent === '/') throw new BuildError(`${posix.dirname(path)} leads to the root directory of the image`);
}

/** Removes an existing path with its content. @returns the path if it existed */
const remove = (image: SealedImage, path: string): string[] => {
  if (image.tree.lstat(path) === undefined) return [];
  requireOwn(image, path);
  image.tree.removeAll(path);
  return [path];
};

const removeContent = (image: SealedImage, folder: string, isWanted?: (name: string) => boolean): string[] =>
  entriesOf(image.tree, folder, isWanted).flatMap(({ name }) => remove(image, `${folder}/${name}`));

const empty = (image: SealedImage, path: string): string[] => {
  if (image.tree.lstat(path)?.isFile() !== true) return [];
  requireOwn(image, path);
  return emptyFile(image.tree, path) ? [path] : [];
};

/** How deep directories of logs are nested at most. */
const logDepth = 6;

/**
 * Empties logs, because services need existing files with their owners, and removes old ones and journals.
 */
const clearLogs = (image: SealedImage, folder: string, depth = 0): string[] =>
  entriesOf(image.tree, folder).flatMap(({ name, stat }) => {
    const path = `${folder}/${name}`;
    if (stat.isDirectory()) {
      if (path === '/var/log/journal') return removeContent(image, path);
      return depth < logDepth ? clearLogs(image, path, depth + 1) : [];
    }
    return /\.(gz|xz|zst|bz2|old|\d+)$/.test(name) ? remove(image, path) : empty(image, path);
  });

/** machine-id(5): an empty file gets a new ID at the first boot. */
const emptyMachineId = (image: SealedImage): string[] => [
  ...empty(image, '/etc/machine-id'),
  // A file that is not a link to /etc/machine-id. D-Bus creates it again.
  ...(image.tree.lstat('/var/lib/dbus/machine-id')?.isFile()
    ? remove(image, '/var/lib/dbus/machine-id')
    : []),
];

/** Every action: what it changes in the image. */
const actions: Readonly<Record<SealAction, (image: SealedImage) => string[]>> = {
  'host-keys': (image) => hostKeysOf(image.tree).flatMap((path) => remove(image, path)),
  'machine-id': emptyMachineId,
  'cloud-init': (image) =>
    ['instance', 'instances', 'data', 'sem'].flatMap((name) => remove(image, `${cloudInitState}/${name}`)),
  histories: (image) =>
    homesOf(image.tree).flatMap((home) => histories.flatMap((name) => remove(image, `${home}/${name}`))),
  logs: (image) => clearLogs(image, '/var/log'),
  'package-caches': (image) => [
    ...removeContent(image, '/var/cache/apt/archives', (name) => name.endsWith('.deb')),
    ...removeContent(image, '/var/cache/apt', (name) => name.endsWith('.bin')),
    ...removeContent(image, '/var/lib/apt/lists', (name) => name !== 'lock' && name !== 'partial'),
    ...['dnf', 'yum', 'libdnf5', 'apk'].flatMap((name) => removeContent(image, `/var/cache/${name}`)),
  ],
  'random-seed': (image) =>
    ['/var/lib/systemd/random-seed', '/var/lib/random-seed', '/var/lib/systemd/credential.secret'].flatMap(
      (path) => remove(image, path),
    ),
};

/**
 * Removes what the VMs of an image must not share. No process may use the image. An action that fails, for
 * example at an immutable file, is a problem, and the others go on.
 */
export function sealImage(
  tree: ImageTree,
  wanted: readonly SealAction[],
  foreign: readonly string[] = [],
): Sealed[] {
  return sealActions
    .filter((action) => wanted.includes(action))
    .map((action) => {
      try {
        return { action, paths: actions[action]({ tree, foreign }) };
      } catch (error) {
        return { action, paths: [], problem: describe(error) };
      }
    });
}
