import { entriesOf } from '../../host/image/entries.js';
import { filesystemSize } from '../../host/image/filesystem-size.js';
import type { ImageTree } from '../../host/image/image-fs.js';

/** The names of the entries of /etc/passwd or /etc/group (passwd(5), group(5)). */
export function namesOf(tree: ImageTree, path: '/etc/passwd' | '/etc/group'): string[] {
  const lines = tree.read(path)?.toString('utf8').split('\n') ?? [];
  return lines.flatMap((line) => /^([^:#\s][^:]*):/.exec(line)?.[1] ?? []).toSorted();
}

const units = '/etc/systemd/system';

/**
 * The enabled systemd units: links in the directories `*.wants` and `*.requires` (systemctl(1), `enable`).
 */
export function enabledUnits(tree: ImageTree): string[] {
  const folders = entriesOf(tree, units, (name) => /\.(wants|requires)$/.test(name));
  const names = folders.flatMap(({ name }) => entriesOf(tree, `${units}/${name}`).map((one) => one.name));
  return [...new Set(names)].toSorted();
}

/**
 * Where setuid programs are. Not the whole image: its inodes may still have to be loaded from the snapshot,
 * one by one.
 */
const programFolders = [
  '/bin',
  '/sbin',
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/libexec',
  '/usr/lib/openssh',
  '/usr/lib/dbus-1.0',
  '/usr/lib/polkit-1',
  '/opt/bin',
] as const;

/** Setuid and setgid files in the directories of programs, each by its path without symbolic links. */
export function setuidFiles(tree: ImageTree): string[] {
  const folders = new Set(programFolders.map((folder) => tree.resolve(folder)));
  return [...folders]
    .flatMap((folder) =>
      entriesOf(tree, folder)
        .filter(({ stat }) => stat.isFile() && (stat.mode & 0o6000) !== 0)
        .map(({ name }) => `${folder}/${name}`),
    )
    .toSorted();
}

/** Versions of the kernels that have modules in /lib/modules, or an image in /boot. */
export function kernelVersions(tree: ImageTree): string[] {
  const modules = entriesOf(tree, '/lib/modules').filter(({ stat }) => stat.isDirectory());
  const images = entriesOf(tree, '/boot', (name) => /^vmlinuz-./.test(name));
  return [
    ...new Set([
      ...modules.map(({ name }) => name),
      ...images.map(({ name }) => name.replace('vmlinuz-', '')),
    ]),
  ].toSorted();
}

/** Used bytes of the root filesystem (statfs(2)). */
export function usedBytes(tree: ImageTree): number {
  const { blocks, bfree, bsize } = filesystemSize(tree);
  return (blocks - bfree) * bsize;
}
