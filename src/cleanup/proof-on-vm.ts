import { lstatSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '../common/errors.js';
import { sequenceOf } from '../host/disk/block-devices.js';
import { namespacesOf } from '../host/disk/disk-use.js';
import { mountsOfDisk } from '../host/disk/mounts-of-disk.js';
import { asUser } from '../host/exec/user.js';
import { currentMounts, isAtOrBelow } from '../host/proc/mountinfo.js';
import { codeOf } from '../host/system-error.js';
import type { Header } from '../ledger/lines.js';
import type { Tools } from '../runtime/tools.js';
import { proveAttachment } from './proof-in-cloud.js';
import type { Prover } from './prover.js';

/** The default directory of a build. It belongs to the user, in a directory that only root can write. */
const folderOf = ({ build }: Header): string => `/mnt/build-omi/${build}`;

/** Whether a path is the default of a build. */
const isUsual = (path: string, header: Header): boolean =>
  [folderOf(header), `${folderOf(header)}/root`].includes(path);

/**
 * Removes other directories with the rights of the ledger's user, so that the kernel checks the permission.
 */
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

/** @returns why the user cannot remove an empty directory; undefined if it is gone or not empty */
function removeAsUser(
  path: string,
  { user: uid }: Header,
  { build: { user, stateDir } }: Tools,
): string | undefined {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    // Root created the directory of the user's ledgers with the group of the user.
    const { gid } = lstatSync(join(stateDir, String(uid)));
    asUser({ ...user, uid, gid }, () => rmdirSync(path));
    return undefined;
  } catch (error) {
    return ['ENOENT', 'ENOTEMPTY'].some((code) => code === codeOf(error)) ? undefined : describe(error);
  }
}

/** No disk has this name: the undo unmounts only the bind mount of the directory onto itself. */
const noDisk = 'none';

/**
 * Mounts are proved if the kernel shows them at the path, and their disk is mounted nowhere else. Only root
 * can mount in the default directory. Elsewhere the cloud must prove the volume, and the kernel that the disk
 * is that volume.
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

/**
 * Whether a filesystem of a disk is mounted at a path in any mount namespace. A disk that was detached has no
 * diskseq.
 */
function isMountedAt(path: string, disk: string): boolean {
  if (!/^[a-z\d]+$/.test(disk)) return false;
  const here = mountsOfDisk(currentMounts(), disk);
  const all = sequenceOf(disk) === undefined ? [] : namespacesOf(disk).flatMap(({ ofDisk }) => ofDisk);
  return [...here, ...all].some(({ target }) => target === path);
}
