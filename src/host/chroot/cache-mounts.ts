import { BuildError } from '../../common/errors.js';
import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import type { MountedImage } from '../image/mounted-image.js';
import { type Opened, openInside } from '../image/open-inside.js';
import { WritableMounts } from '../image/writable-mounts.js';
import { isAtOrBelow } from '../proc/mountinfo.js';
import { mountLoop } from './loop-mount.js';

/**
 * Perl code that mounts directories of the filesystem in descriptor 3 on the open directories of an image
 * that follow it. A detached copy of each mount (open_tree(2) with OPEN_TREE_CLONE 1, O_CLOEXEC 0x80000 and
 * AT_SYMLINK_NOFOLLOW 0x100) is attached to a descriptor (move_mount(2) with MOVE_MOUNT_F_EMPTY_PATH 4 and
 * MOVE_MOUNT_T_EMPTY_PATH 0x40), so no path is resolved in the image, and its programs do not see the rest of
 * the filesystem. The copies keep nosuid and nodev. EEXIST is 17; AT_FDCWD is -100.
 */
const program = `
  my ($namespace, @entries) = @ARGV;
  open(my $space, '<', $namespace) or fail($namespace);
  ${mountLoop}
  my @trees = map {
    my ($name, $uid, $gid, $mode) = split / /;
    mkdir($name, 0700) or $! == 17 or fail('mkdir');
    lstat($name) && -d _ or fail($name);
    chown($uid, $gid, $name) && chmod(oct($mode), $name) or fail('chmod');
    my $tree = syscall($syscall{openTree}, -100, $name, 0x80101);
    $tree >= 0 or fail('open_tree');
    $tree
  } @entries;
  syscall($syscall{setns}, fileno($space), 0x20000) == 0 or fail('setns');
  my $here = '';
  for my $index (0 .. $#trees) {
    syscall($syscall{moveMount}, $trees[$index], $here, 4 + $index, $here, 0x44) == 0 or fail('move_mount');
  }`;

/** A directory to mount into an image. */
export interface CacheMount {
  /** Its name in the filesystem. */
  readonly name: string;
  /** Its path in the image. */
  readonly path: string;
}

/** What was mounted into an image. */
export interface MountedCaches {
  /** Paths in the image without symbolic links. */
  readonly targets: readonly string[];
  /** Directories that were created in the image, outer ones first. */
  readonly made: readonly string[];
}

/**
 * Mounts directories of a filesystem in a file into an image, `nosuid` and `nodev`. They have owner and mode
 * of the directories that they cover. No program of the image may run.
 * @param disk kernel name of the disk of the image
 * @param file descriptor of the file, which has an ext4 filesystem
 * @throws BuildError for a path that is not a directory on the disk of the image, or within another one;
 *   CommandError if the kernel refuses
 */
export async function mountCaches(
  { sandbox, tree, signal }: Omit<MountedImage, 'mountPath'>,
  disk: string,
  file: number,
  mounts: readonly CacheMount[],
): Promise<MountedCaches> {
  const own = new WritableMounts(tree, sandbox, disk);
  const made: string[] = [];
  const opened: (Opened & { readonly entry: string })[] = [];
  try {
    for (const { name, path } of mounts) {
      const target = tree.resolve(path);
      if (target === '/' || !own.hasPlace(`${target}/file`))
        throw new BuildError(`cache: ${path} is not on the disk of the image`, {
          hint: 'Remove it from cache.',
        });
      const other = opened.find(({ inside }) => isAtOrBelow(target, inside) || isAtOrBelow(inside, target));
      if (other !== undefined)
        throw new BuildError(`cache: ${path} is ${target} in the image, which overlaps ${other.inside}`, {
          hint: 'Remove one of them from cache.',
        });
      made.push(...tree.makeFolders(target));
      const stat = tree.lstat(target);
      if (stat?.isDirectory() !== true)
        throw new BuildError(`cache: ${path} is not a directory in the image`);
      const entry = [name, stat.uid, stat.gid, (stat.mode & 0o7777).toString(8)].join(' ');
      opened.push({ ...openInside(tree, target), entry });
    }
    const entries = opened.map(({ entry }) => entry);
    await exec(perl(program, [`/proc/${sandbox.pid}/ns/mnt`, ...entries]), {
      descriptors: [file, ...opened.map(({ descriptor }) => descriptor)],
      limit: 'disk',
      signal,
    });
    return { targets: opened.map(({ inside }) => inside), made };
  } finally {
    for (const one of opened) one[Symbol.dispose]();
  }
}
