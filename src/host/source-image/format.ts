import { BuildError } from '../../common/errors.js';

/** How an image is stored. A compressed one has another format inside. */
export type Format = 'raw' | 'qcow2' | 'xz' | 'gzip' | 'zstd';

/** Bytes that `formatOf` and `looksLikeDisk` need. */
export const headLength = 68 * 1024;

interface Magic {
  readonly at: number;
  /** Latin-1. */
  readonly bytes: string;
}

const starts = (head: Buffer, { at, bytes }: Magic): boolean =>
  head.subarray(at, at + bytes.length).equals(Buffer.from(bytes, 'latin1'));

/** The formats that are taken (qcow2.txt of QEMU; RFC 1952; xz-file-format.txt; RFC 8878). */
const taken: readonly (readonly [Format, Magic])[] = [
  ['qcow2', { at: 0, bytes: 'QFI\xfb' }],
  ['xz', { at: 0, bytes: '\xfd7zXZ\0' }],
  ['gzip', { at: 0, bytes: '\x1f\x8b' }],
  ['zstd', { at: 0, bytes: '\x28\xb5\x2f\xfd' }],
];

/** Formats that are recognized and refused, with what to do. */
const refused: readonly (readonly [name: string, fix: string, magic: Magic])[] = [
  ['a tar archive', 'Extract the disk image from it.', { at: 257, bytes: 'ustar' }],
  ['a zip archive', 'Extract the disk image from it.', { at: 0, bytes: 'PK\x03\x04' }],
  ['compressed with bzip2', 'Decompress it.', { at: 0, bytes: 'BZh' }],
  ['compressed with lz4', 'Decompress it.', { at: 0, bytes: '\x04\x22\x4d\x18' }],
  ['a VMDK image', 'Convert it with qemu-img convert.', { at: 0, bytes: 'KDMV' }],
  ['a VMDK image', 'Convert it with qemu-img convert.', { at: 0, bytes: 'COWD' }],
  ['a VMDK descriptor', 'Convert it with qemu-img convert.', { at: 0, bytes: '# Disk DescriptorFile' }],
  ['a VHDX image', 'Convert it with qemu-img convert.', { at: 0, bytes: 'vhdxfile' }],
  ['a VHD image', 'Convert it with qemu-img convert.', { at: 0, bytes: 'conectix' }],
  ['a VDI image', 'Convert it with qemu-img convert.', { at: 64, bytes: '\x7f\x10\xda\xbe' }],
  ['a QED image', 'Convert it with qemu-img convert.', { at: 0, bytes: 'QED\0' }],
  ['encrypted with LUKS', 'Decrypt it.', { at: 0, bytes: 'LUKS\xba\xbe' }],
];

/**
 * The format of an image by its first bytes. What has none of the known formats is raw.
 * @throws BuildError for a format that is not supported
 */
export function formatOf(head: Buffer): Format {
  const found = taken.find(([, magic]) => starts(head, magic));
  if (found !== undefined) return found[0];
  const other = refused.find(([, , magic]) => starts(head, magic));
  if (other === undefined) return 'raw';
  throw new BuildError(`source_image: it is ${other[0]}, not a raw or qcow2 image`, { hint: other[1] });
}

/** A partition table (MBR, GPT), or a filesystem of the whole disk: ext, xfs, btrfs. */
const diskMagics: readonly Magic[] = [
  { at: 510, bytes: '\x55\xaa' },
  { at: 512, bytes: 'EFI PART' },
  { at: 1024 + 56, bytes: '\x53\xef' },
  { at: 0, bytes: 'XFSB' },
  { at: 64 * 1024 + 64, bytes: '_BHRfS_M' },
];

/** @throws BuildError unless a raw image begins as a disk does */
export function requireDisk(head: Buffer): void {
  if (diskMagics.some((magic) => starts(head, magic))) return;
  throw new BuildError('source_image: it has neither a partition table nor a known filesystem', {
    hint: 'Check that it is the image of a disk, and not a web page or another file.',
  });
}
