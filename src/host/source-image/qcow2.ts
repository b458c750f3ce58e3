import { BuildError } from '../../common/errors.js';

/** Bits of `incompatible_features` that are harmless: dirty, compression type, extended L2 entries. */
const harmless = 0b11001n;
const [corrupt, externalData] = [0b10n, 0b100n];

/** Types of header extensions. */
const [endOfExtensions, externalDataName] = [0, 0x44415441];

const refuse = (why: string, hint?: string): never => {
  throw new BuildError(`source_image: the qcow2 image ${why}`, hint === undefined ? {} : { hint });
};

const flatten = 'Write it into one image without it: qemu-img convert -O qcow2 IMAGE NEW_IMAGE.';

/**
 * Reads the header of a qcow2 image (docs/interop/qcow2.txt of QEMU). Everything that would make a reader of
 * the image open another file is refused here, before any program opens it.
 * @param head its first bytes, at least one cluster of 64 KiB if the file is as long
 * @returns the virtual size in bytes; it can exceed what a disk can have
 * @throws BuildError for a header that is not valid, a backing file, an external data file, or encryption
 */
export function readQcow2(head: Buffer): bigint {
  if (head.length < 104) refuse('is too short');
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) refuse(`has version ${version}, which is not supported`);
  if (head.readBigUInt64BE(8) !== 0n || head.readUInt32BE(16) !== 0) refuse('has a backing file', flatten);
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) refuse('is damaged: its cluster size is not valid');
  if (head.readUInt32BE(32) !== 0) refuse('is encrypted', 'Decrypt it with qemu-img convert.');
  if (version === 3) checkFeatures(head);
  checkExtensions(head, version === 3 ? head.readUInt32BE(100) : 72);
  return head.readBigUInt64BE(24);
}

function checkFeatures(head: Buffer): void {
  const features = head.readBigUInt64BE(72);
  if ((features & externalData) !== 0n) refuse('has an external data file', flatten);
  if ((features & corrupt) !== 0n) refuse('is marked as corrupt', 'Repair it: qemu-img check -r all IMAGE.');
  if ((features & ~harmless) !== 0n)
    refuse('needs features that are not known', 'Convert it with qemu-img convert to qcow2 or raw.');
}

function checkExtensions(head: Buffer, length: number): void {
  if (length < 72 || length % 8 !== 0) refuse('is damaged: the length of its header is not valid');
  for (let at = length; at + 8 <= head.length; ) {
    const [type, size] = [head.readUInt32BE(at), head.readUInt32BE(at + 4)];
    if (type === endOfExtensions) return;
    if (type === externalDataName) refuse('has an external data file', flatten);
    at += 8 + Math.ceil(size / 8) * 8;
  }
}
