import type { Partition } from '../../host/disk/partitions.js';
import type { ImageTree } from '../../host/image/image-fs.js';

/** An entry of a boot loader. Paths are as written, relative to /boot if that is a filesystem of its own. */
export interface BootEntry {
  readonly file: string;
  readonly kernel: string;
  readonly initramfs: readonly string[];
  readonly options: readonly string[];
}

/** The configuration of the boot loader of an image. */
export interface Loader {
  readonly files: readonly string[];
  readonly entries: readonly BootEntry[];
  /** UUIDs of filesystems that GRUB looks for, with the file that names them. */
  readonly searched: readonly { readonly file: string; readonly uuid: string }[];
}

/** What the rules look at. */
export interface LintedImage {
  readonly tree: ImageTree;
  /** The partitions of the disk of the image. */
  readonly partitions: readonly Partition[];
  /** The configuration of its boot loader. @throws as `readLoader` */
  readonly loader: () => Loader;
  /** The /etc/resolv.conf of the VM. */
  readonly resolver?: Buffer | undefined;
  /** The initramfs files of the source, see `fingerprints`. An unchanged file is not unpacked. */
  readonly knownInitramfs: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What breaks a rule: a file of the image and the problem. */
export interface Problem {
  readonly file: string;
  readonly problem: string;
}

/** A rule: how to find what breaks it, and how to mend that. */
export interface Rule {
  readonly find: (image: LintedImage) => Problem[] | Promise<Problem[]>;
  /** Imperative, without full stop. */
  readonly fix: string;
}
