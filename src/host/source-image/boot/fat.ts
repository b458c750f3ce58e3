import { readSync } from 'node:fs';

/** Bytes of one directory that are read at most. */
const directoryLimit = 1024 * 1024;

/** A file or directory: its name as `NAME.EXT`, its attributes, and where it begins. */
interface Entry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly cluster: number;
}

/** Where the parts of a FAT filesystem are, in bytes (Microsoft, "FAT32 File System Specification"). */
interface Layout {
  readonly clusterSize: number;
  readonly fat: number;
  readonly data: number;
  readonly bits: 12 | 16 | 32;
  readonly clusters: number;
  /** The root directory: a cluster, or with FAT12 and FAT16 an area of its own. */
  readonly root: number | { readonly at: number; readonly length: number };
}

/** Reads the directories of a FAT filesystem, without mounting it. */
export class FatReader {
  private constructor(
    private readonly device: number,
    private readonly layout: Layout,
  ) {}

  /** @param device open for reading @returns undefined if it has no FAT filesystem */
  static open(device: number): FatReader | undefined {
    const layout = layoutOf(readAt(device, 0, 512));
    return layout === undefined ? undefined : new FatReader(device, layout);
  }

  /** Whether a file with a short name exists, such as `EFI/BOOT/BOOTX64.EFI`. Case does not matter. */
  hasFile(path: string): boolean {
    const names = path.toUpperCase().split('/');
    let entries = this.#entries(this.layout.root);
    for (const [index, name] of names.entries()) {
      const found = entries.find((entry) => entry.name === name);
      const isLast = index === names.length - 1;
      if (found === undefined || found.isDirectory === isLast) return false;
      if (!isLast) entries = this.#entries(found.cluster);
    }
    return true;
  }

  #entries(start: Layout['root']): Entry[] {
    const bytes =
      typeof start === 'number' ? this.#chain(start) : readAt(this.device, start.at, start.length);
    const entries: Entry[] = [];
    for (let at = 0; at + 32 <= bytes.length && bytes[at] !== 0; at += 32) {
      const [first, attributes = 0] = [bytes[at], bytes[at + 11]];
      // Deleted entries, and volume labels, which parts of long names look like.
      if (first === 0xe5 || (attributes & 0x08) !== 0) continue;
      const part = (from: number, to: number): string =>
        bytes.toString('latin1', at + from, at + to).trimEnd();
      const [base, extension] = [part(0, 8), part(8, 11)];
      const cluster = bytes.readUInt16LE(at + 20) * 65_536 + bytes.readUInt16LE(at + 26);
      entries.push({
        name: extension === '' ? base : `${base}.${extension}`,
        isDirectory: (attributes & 0x10) !== 0,
        cluster,
      });
    }
    return entries;
  }

  /** The content of a chain of clusters. */
  #chain(first: number): Buffer {
    const { clusterSize, data, clusters } = this.layout;
    const parts: Buffer[] = [];
    let cluster = first;
    while (cluster >= 2 && cluster < clusters + 2 && parts.length * clusterSize < directoryLimit) {
      parts.push(readAt(this.device, data + (cluster - 2) * clusterSize, clusterSize));
      cluster = this.#next(cluster);
    }
    return Buffer.concat(parts);
  }

  #next(cluster: number): number {
    const { fat, bits } = this.layout;
    if (bits === 32) return readAt(this.device, fat + cluster * 4, 4).readUInt32LE() % 2 ** 28;
    if (bits === 16) return readAt(this.device, fat + cluster * 2, 2).readUInt16LE();
    const pair = readAt(this.device, fat + Math.floor(cluster * 1.5), 2).readUInt16LE();
    return cluster % 2 === 0 ? pair % 4096 : Math.floor(pair / 16);
  }
}

function layoutOf(sector: Buffer): Layout | undefined {
  const u16 = (at: number): number => sector.readUInt16LE(at);
  const bytesPerSector = u16(11);
  const clusterSize = (sector[13] ?? 0) * bytesPerSector;
  const fatSectors = u16(22) || sector.readUInt32LE(36);
  const total = u16(19) || sector.readUInt32LE(32);
  const isValid = sector.readUInt16BE(510) === 0x55aa && [512, 1024, 2048, 4096].includes(bytesPerSector);
  if (!isValid || clusterSize === 0 || clusterSize > 128 * 1024 || fatSectors === 0) return undefined;
  const fat = u16(14) * bytesPerSector;
  const rootAt = fat + (sector[16] ?? 0) * fatSectors * bytesPerSector;
  const rootLength = Math.ceil((u16(17) * 32) / bytesPerSector) * bytesPerSector;
  const data = rootAt + rootLength;
  const clusters = Math.floor((total * bytesPerSector - data) / clusterSize);
  const bits = clusters < 4085 ? 12 : clusters < 65_525 ? 16 : 32;
  const root = bits === 32 ? sector.readUInt32LE(44) : { at: rootAt, length: rootLength };
  return { clusterSize, fat, data, bits, clusters, root };
}

/** Zeros beyond the end of the device. */
function readAt(device: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(device, bytes, 0, length, position);
  return bytes;
}
