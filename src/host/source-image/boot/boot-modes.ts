import { closeSync, constants, openSync, readSync } from 'node:fs';
import { type DiskLayout, isEfiSystem, type Partition } from '../../disk/partitions.js';
import { FatReader } from './fat.js';

/** What UEFI starts of a disk that it does not know (UEFI specification, 3.5.1.1). */
const loaders = ['EFI/BOOT/BOOTX64.EFI', 'EFI/BOOT/BOOTIA32.EFI'];

/**
 * The boot modes that a disk has a boot loader for: `legacy` with BIOS boot code in its first sector, `uefi`
 * with a boot loader in an EFI system partition. No partition may be mounted for writing.
 */
export function bootModesOf({ whole, partitions }: DiskLayout): ('legacy' | 'uefi')[] {
  const isEsp = (one: Partition): boolean => one.number > 0 && isEfiSystem(one);
  const hasLoader = partitions.filter(isEsp).some(({ name }) =>
    reading(name, (device) => {
      const fat = FatReader.open(device);
      return loaders.some((path) => fat?.hasFile(path) === true);
    }),
  );
  return [
    ...(reading(whole.name, hasBootCode) ? ['legacy' as const] : []),
    ...(hasLoader ? ['uefi' as const] : []),
  ];
}

/** Boot code is before the disk signature of the first sector, which ends with 55 AA. */
function hasBootCode(device: number): boolean {
  const sector = Buffer.alloc(512);
  readSync(device, sector, 0, 512, 0);
  return sector.readUInt16BE(510) === 0x55aa && sector.subarray(0, 440).some((byte) => byte !== 0);
}

function reading<T>(name: string, work: (device: number) => T): T {
  const device = openSync(`/dev/${name}`, constants.O_RDONLY);
  try {
    return work(device);
  } finally {
    closeSync(device);
  }
}
