import { entriesOf } from '../../host/image/entries.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import { linesOf, sizeOf } from './accounts.js';
import type { BootEntry, Loader } from './types.js';

const configs = [
  '/boot/grub/grub.cfg',
  '/boot/grub2/grub.cfg',
  '/boot/extlinux/extlinux.conf',
  '/boot/syslinux/syslinux.cfg',
  '/boot/extlinux.conf',
] as const;
/** Of the Boot Loader Specification. */
const entryFolder = '/boot/loader/entries';
/** Maximum number of entries. */
const entryLimit = 200;

/** Reads the configuration of GRUB, syslinux, or of loaders that follow the Boot Loader Specification. */
function readLoader(tree: ImageTree): Loader {
  const specified = entriesOf(tree, entryFolder, (name) => name.endsWith('.conf'));
  const files = [...configs, ...specified.map(({ name }) => `${entryFolder}/${name}`)].filter(
    (path) => (sizeOf(tree, path) ?? 0) > 0,
  );
  const entries: BootEntry[] = [];
  const searched: { file: string; uuid: string }[] = [];
  for (const file of files.slice(0, entryLimit)) {
    const text = linesOf(tree, file).map((line) => line.trim().split(/\s+/));
    entries.push(...entriesIn(file, text));
    for (const [command, ...args] of text)
      if (command === 'search' && args.some((word) => /^(--fs-uuid|-u)$/.test(word)))
        searched.push({ file, uuid: args.at(-1) ?? '' });
  }
  return { files, entries: entries.slice(0, entryLimit), searched };
}

/** Reads the configuration when it is first needed. An error is not remembered. */
export function loaderOf(tree: ImageTree): () => Loader {
  let found: Loader | undefined;
  return () => (found ??= readLoader(tree));
}

/** `linux PATH OPTIONS` begins an entry of GRUB. Other loaders have `kernel`, `append` and `options`. */
function entriesIn(file: string, lines: readonly (readonly string[])[]): BootEntry[] {
  const entries: { file: string; kernel: string; initramfs: string[]; options: string[] }[] = [];
  for (const [command = '', ...args] of lines) {
    const current = entries.at(-1);
    const [path = '', ...options] = args;
    if (/^(linux|linux16|linuxefi|kernel)$/i.test(command) && path !== '')
      entries.push({ file, kernel: path, initramfs: [], options });
    else if (/^(initrd|initrd16|initrdefi)$/i.test(command)) current?.initramfs.push(...args);
    else if (/^(append|options)$/i.test(command)) {
      const named = args.filter((word) => word.startsWith('initrd=')).map((word) => word.slice(7));
      current?.initramfs.push(...named);
      current?.options.push(...args);
    }
  }
  return entries.filter(({ kernel }) => !/[$]|memtest|\.c32$/.test(kernel.replace(/^\(\$root\)/, '')));
}

/** The path in the image of a path of a boot loader; undefined if no such file exists. */
export function bootFile(tree: ImageTree, written: string): string | undefined {
  const path = written.replace(/^\([^)]*\)/, '').replace(/^(?!\/)/, '/');
  return [path, `/boot${path}`].find((one) => tree.stat(one)?.isFile());
}
