import type { Partition } from '../../host/disk/partitions.js';
import type { ImageTree } from '../../host/image/image-fs.js';

/** What the rules look at. */
export interface LintedImage {
  readonly tree: ImageTree;
  /** The partitions of the disk of the image. */
  readonly partitions: readonly Partition[];
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
