import { lstatSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '../common/errors.js';
import { namespacesOf } from '../host/disk/disk-use.js';
import { sequenceOf } from '../host/disk/find-disk.js';
import { mountsOfDisk } from '../host/disk/mounts-of-disk.js';
import { asUser } from '../host/exec/user.js';
import { currentMounts, isAtOrBelow } from '../host/proc/mountinfo.js';
import { codeOf } from '../host/system-error.js';
import type { Header } from '../ledger/lines.js';
import type { Tools } from '../runtime/tools.js';
import { proveAttachment } from './proof-in-cloud.js';
import type { Prover } from './prover.js';

/** The folder of a build, which belongs to its user, in one where only root can make any. */
const folderOf = ({ build }: Header): string => `/mnt/build-omi/${build}`;

/** Whether a path is that of a build that was given none. */
const isUsual = (path: string, header: Header): boolean =>
  [folderOf(header), `${folderOf(header)}/root`].includes(path);

/** Folders elsewhere are removed with the rights of the ledger's user: the kernel decides whether that user may. */
export const proveDirectory: Prover<'directory'> = async (
  { path, ours, parents = [] },
  tools,
  { header },
) => {
  if (isUsual(path, header))
    return { data: { path, ours, parents: path === folderOf(header) ? [] : [folderOf(header)] } };
  const why = ours ? removeAsUser(path, header, tools) : undefined;
  if (why !== undefined)
    return { problem: `folder ${path} left alone: user ${header.user} cannot remove it (${why})` };
  for (const folder of parents) if (removeAsUser(folder, header, tools) !== undefined) break;
  return await Promise.resolve('gone');
};

/** @returns why an empty folder cannot be removed by its user; undefined where it is gone or not empty */
function removeAsUser(
  path: string,
  { user: uid }: Header,
  { build: { user, stateDir } }: Tools,
): string | undefined {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    // The group of the folder of the user's ledgers: root gave it that of the user.
    const { gid } = lstatSync(join(stateDir, String(uid)));
    asUser({ ...user, uid, gid }, () => rmdirSync(path));
    return undefined;
  } catch (error) {
    return ['ENOENT', 'ENOTEMPTY'].some((code) => code === codeOf(error)) ? undefined : describe(error);
  }
}

/** No disk of this name: only the folder that is mounted onto itself is left to unmount. */
const noDisk = 'none';

/**
 * Mounts count if the kernel shows them at the path, of a disk that is mounted nowhere else. In the build's usual folder root
 * alone can mount; elsewhere the cloud has to prove the volume, and the kernel that the disk is that volume's.
 */
export const proveMounts: Prover<'mounts'> = async ({ path, disk }, tools, by) => {
  const own = currentMounts();
  const elsewhere = mountsOfDisk(
    own.filter(({ target }) => !isAtOrBelow(target, path)),
    disk,
  );
  const isShown = isMountedAt(path, disk);
  const hasSelf = own.some(({ target }) => target === path);
  const data = { path, disk, sequence: sequenceOf(disk) };
  if (isShown && elsewhere.length > 0)
    return { problem: `${path} stays mounted: /dev/${disk} is mounted at ${elsewhere[0]?.target} too` };
  if (isUsual(path, by.header)) {
    if (isShown) return { data };
    return hasSelf ? { data: { path, disk: noDisk } } : 'gone';
  }
  if (!isShown && !hasSelf) return 'gone';
  if (by.scope === 'local') return 'later';
  for (const attachment of isShown ? by.ledger.openOf('attachment') : []) {
    const proof = await proveAttachment(attachment.data, tools, by);
    if (typeof proof === 'object' && 'data' in proof && proof.data.disk === disk) return { data };
  }
  return {
    problem: `${path} stays mounted: nothing proves that /dev/${disk} is a disk of build ${by.header.build}`,
  };
};

/** Whether a filesystem of a disk is mounted at a path, in whatever mount namespace. A disk that was torn off has no numbers. */
function isMountedAt(path: string, disk: string): boolean {
  if (!/^[a-z\d]+$/.test(disk)) return false;
  const here = mountsOfDisk(currentMounts(), disk);
  const all = sequenceOf(disk) === undefined ? [] : namespacesOf(disk).flatMap(({ ofDisk }) => ofDisk);
  return [...here, ...all].some(({ target }) => target === path);
}
