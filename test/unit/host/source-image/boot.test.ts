import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Partition } from '../../../../src/host/disk/partitions.js';
import { exec } from '../../../../src/host/exec/exec.js';
import { ImageTree } from '../../../../src/host/image/image-fs.js';
import { bootModesOf } from '../../../../src/host/source-image/boot/boot-modes.js';
import { architectureOf, machineOf } from '../../../../src/host/source-image/boot/elf.js';
import { FatReader } from '../../../../src/host/source-image/boot/fat.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boot-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An entry of a directory: a name of 11 characters, attributes, first cluster. */
function entry(name: string, attributes: number, cluster: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(name.padEnd(11), 'latin1');
  bytes[11] = attributes;
  bytes.writeUInt16LE(cluster, 26);
  return bytes;
}

/**
 * A FAT filesystem of mkfs.fat(8) with EFI/BOOT/BOOTX64.EFI: the parts of a directory are in clusters 5 and
 * 7, which only the table connects.
 */
async function makeFat(bits: 12 | 16 | 32): Promise<string> {
  const path = join(folder, `fat${bits}`);
  writeFileSync(path, '');
  truncateSync(path, (bits === 12 ? 2 : bits === 16 ? 16 : 40) * 2 ** 20);
  await exec(['mkfs.vfat', '-F', String(bits), '-s', '1', path]);
  const file = openSync(path, 'r+');
  const sector = Buffer.alloc(512);
  const read = (await import('node:fs')).readSync;
  read(file, sector, 0, 512, 0);
  const size = sector.readUInt16LE(22) || sector.readUInt32LE(36);
  const fat = sector.readUInt16LE(14) * 512;
  const root = fat + 2 * size * 512;
  const data = root + sector.readUInt16LE(17) * 32;
  const at = (cluster: number): number => data + (cluster - 2) * 512;
  const put = (bytes: Buffer, position: number): void =>
    void writeSync(file, bytes, 0, bytes.length, position);
  put(entry('LABEL', 0x08, 0), bits === 32 ? at(2) : root);
  put(entry('EFI', 0x10, 4), (bits === 32 ? at(2) : root) + 32);
  put(Buffer.concat([entry('\xe5LD', 0x10, 9), entry('BOOT', 0x10, 5)]), at(4));
  put(Buffer.concat(Array.from({ length: 16 }, (_, index) => entry(`FILE${index}`, 0x20, 0))), at(5));
  put(entry('BOOTX64 EFI', 0x20, 8), at(7));
  const link = Buffer.alloc(4);
  link.writeUInt32LE(7);
  if (bits === 32) put(link, fat + 5 * 4);
  if (bits === 16) put(link.subarray(0, 2), fat + 5 * 2);
  // Cluster 5 is the upper half of the bytes 7 and 8; cluster 4 ends its chain in the lower one.
  if (bits === 12) put(Buffer.from([0x7f, 0x00]), fat + 7);
  closeSync(file);
  return path;
}

test.each([12, 16, 32] as const)('a boot loader in FAT%i is found by its short name', async (bits) => {
  const device = openSync(await makeFat(bits), 'r');
  const fat = FatReader.open(device);
  expect(fat?.hasFile('EFI/BOOT/BOOTX64.EFI')).toBe(true);
  expect(fat?.hasFile('efi/boot/bootx64.efi')).toBe(true);
  expect(fat?.hasFile('EFI/BOOT')).toBe(false);
  expect(fat?.hasFile('EFI/BOOT/BOOTIA32.EFI')).toBe(false);
  closeSync(device);
});

/** A partition whose content is in a file. */
const partOf = (path: string, number: number, type?: string): Partition => ({
  name: `..${path}`,
  number,
  start: 0,
  size: 0,
  type,
  filesystem: undefined,
  uuid: undefined,
  label: undefined,
  partUuid: undefined,
  partLabel: undefined,
});

test.each([
  ['an EFI system partition of a GPT', 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', ['uefi']],
  ['one of an MBR', '0xef', ['uefi']],
  ['another partition', '0fc63daf-8483-4772-8e79-3d69d8477de4', []],
])('a boot loader in %s: boot modes %#', async (_, type, modes) => {
  const fat = await makeFat(16);
  const sector = Buffer.alloc(512);
  sector.writeUInt16BE(0x55aa, 510);
  const disk = join(folder, 'disk');
  const layout = { whole: partOf(disk, 0), table: 'gpt', partitions: [partOf(fat, 1, type)] };
  writeFileSync(disk, sector);
  expect(bootModesOf(layout)).toEqual(modes);
  sector[0] = 0xeb;
  writeFileSync(disk, sector);
  expect(bootModesOf(layout)).toEqual(['legacy', ...modes]);
});

test('what is no FAT filesystem is none, and a table with a circle ends', async () => {
  const path = join(folder, 'zeros');
  writeFileSync(path, Buffer.alloc(4096));
  const zeros = openSync(path, 'r');
  expect(FatReader.open(zeros)).toBeUndefined();
  closeSync(zeros);
  const circle = openSync(await makeFat(16), 'r+');
  const sector = Buffer.alloc(512);
  (await import('node:fs')).readSync(circle, sector, 0, 512, 0);
  // Cluster 5 leads to itself.
  writeSync(circle, Buffer.from([5, 0]), 0, 2, sector.readUInt16LE(14) * 512 + 10);
  expect(FatReader.open(circle)?.hasFile('EFI/BOOT/BOOTX64.EFI')).toBe(false);
  closeSync(circle);
});

test.each([
  ['x86_64', 62, 1],
  ['i386', 3, 1],
  ['arm64', 183, 1],
  ['machine 21', 21, 2],
])('the header of a program says %s', (machine, number, order) => {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header[5] = order;
  if (order === 2) header.writeUInt16BE(number, 18);
  else header.writeUInt16LE(number, 18);
  expect(machineOf(header)).toBe(machine);
});

test('an image without programs has no architecture', () => {
  expect(architectureOf(new ImageTree(folder))).toBeUndefined();
  expect(machineOf(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
});
