import { readFileSync } from 'node:fs';
import { BuildError } from '../errors.js';
import { exec } from './exec.js';
import type { ImageTree } from './image-tree.js';
import { mountPrivateDev, type VisibleDisk } from './private-dev.js';
import type { Room } from './room.js';

/** A mount that a chroot gets beside its root. */
export interface ChrootMount {
  /** A filesystem type, or `bind`. */
  readonly type: string;
  readonly source: string;
  /** The place inside the chroot. */
  readonly target: string;
  /** A kernel that cannot do it is no error. */
  readonly optional: boolean;
}

const defaults: Readonly<Record<string, string>> = { devpts: 'newinstance,ptmxmode=0666,mode=620,gid=5' };

/** What of /proc are settings of the kernel, which is the VM's: no script of an image is to change them. */
const ofTheVm = ['sys', 'sysrq-trigger'];

const kernelCan = (type: string): boolean =>
  type === 'bind' || readFileSync('/proc/filesystems', 'utf8').split(/\s+/).includes(type);

export interface MountChroot {
  readonly room: Room;
  readonly tree: ImageTree;
  /** Where the image is mounted, as the namespace names it. */
  readonly mountPath: string;
  readonly disk: VisibleDisk;
  readonly signal: AbortSignal;
}

/**
 * Mounts what a chroot needs, in the order given, and a private /run first. Each place is resolved inside the
 * image, nothing of which runs yet.
 * @throws BuildError for a mount that this kernel cannot do, unless it is optional.
 * @returns the mount points that had to be made in the image, and the mounts that were skipped.
 */
export async function mountChroot(
  into: MountChroot,
  mounts: readonly ChrootMount[],
): Promise<{ made: string[]; skipped: ChrootMount[] }> {
  const made: string[] = [];
  const skipped: ChrootMount[] = [];
  const imageDevice = into.tree.stat('/')?.dev;
  const place = (target: string): string => {
    const folders = into.tree.stat(target) ? [] : into.tree.makeFolders(target);
    made.push(...folders.filter((folder) => into.tree.lstat(folder)?.dev === imageDevice));
    return `${into.mountPath}${into.tree.resolve(target)}`;
  };
  const folder = (target: string): string => {
    const at = place(target);
    if (into.tree.stat(target)?.isDirectory()) return at;
    throw new BuildError(`chroot_mounts: ${target} is not a folder in the image`);
  };
  const mount = async (...words: string[]): Promise<void> => {
    await exec(into.room.inside(['mount', ...words]), { signal: into.signal });
  };
  const mountWanted = async ({ source, target }: ChrootMount, ...words: string[]): Promise<void> => {
    await mount(...words).catch((error: unknown) => {
      into.signal.throwIfAborted();
      throw new BuildError(`chroot_mounts: ${source} cannot be mounted at ${target}`, { cause: error });
    });
  };

  await mount('--types', 'tmpfs', '--options', 'mode=755,nosuid,nodev', 'build-omi-run', folder('/run'));
  into.tree.makeFolders('/run/lock', { uid: 0, gid: 0, mode: 0o1777 });
  for (const wanted of mounts) {
    const { type, source, target, optional } = wanted;
    if (!kernelCan(type)) {
      if (!optional) throw new BuildError(`chroot_mounts: this kernel has no filesystem ${type}`);
      skipped.push(wanted);
    } else if (type === 'bind' && source === '/dev') {
      await mountPrivateDev(into.room, folder(target), into.disk, into.signal);
    } else if (type === 'bind') {
      await mountWanted(wanted, '--bind', source, place(target));
    } else {
      const at = folder(target);
      const options = defaults[type];
      const words = ['--types', type, ...(options ? ['--options', options] : [])];
      await mountWanted(wanted, ...words, source, at);
      if (type === 'binfmt_misc') await mount('--options', 'remount,bind,ro', at);
      if (type !== 'proc') continue;
      for (const name of ofTheVm.filter((one) => into.tree.stat(`${target}/${one}`)))
        await mount('--options', 'bind,ro', `${at}/${name}`, `${at}/${name}`);
    }
  }
  return { made, skipped };
}
