import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ImageTree } from '../../image/image-fs.js';
import { openInside } from '../../image/open-inside.js';

/** What a system starts first (init/main.c of the kernel), and the shell that all have. */
const programs = ['/sbin/init', '/lib/systemd/systemd', '/etc/init', '/bin/init', '/bin/sh'];

/** `e_machine` of an ELF header (elf.h), by the names of the API. */
const machines: ReadonlyMap<number, string> = new Map([
  [3, 'i386'],
  [62, 'x86_64'],
  [183, 'arm64'],
]);

/** The machine in an ELF header, which is in the byte order that it names; undefined for other content. */
export function machineOf(header: Buffer): string | undefined {
  if (header.length < 20 || header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const number = header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18);
  return machines.get(number) ?? `machine ${number}`;
}

/** The architecture of the init of an image; undefined if it has none that is an ELF program. */
export function architectureOf(tree: ImageTree): string | undefined {
  for (const path of programs) {
    const found = machineOf(headOf(tree, path));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first bytes of a regular file of the image; empty for anything else. */
function headOf(tree: ImageTree, path: string): Buffer {
  const head = Buffer.alloc(64);
  try {
    using opened = openInside(tree, path);
    if (!fstatSync(opened.descriptor).isFile()) return Buffer.alloc(0);
    const file = openSync(`/proc/self/fd/${opened.descriptor}`, constants.O_RDONLY);
    try {
      return head.subarray(0, readSync(file, head));
    } finally {
      closeSync(file);
    }
  } catch {
    return Buffer.alloc(0);
  }
}
