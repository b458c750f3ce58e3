import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { type Programs, requirePresent, which } from '../exec/programs.js';
import { type Firmware, qemu } from './machine.js';

/** The programs of a boot test. */
const programs: Programs = {
  [qemu]: 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  prlimit: 'util-linux',
  setpriv: 'util-linux',
  pivot_root: 'util-linux',
  mknod: 'coreutils',
};

/** Where distributions have the UEFI firmware in one file: Debian and Ubuntu, Fedora, Arch Linux. */
const firmwareFiles = [
  '/usr/share/ovmf/OVMF.fd',
  '/usr/share/OVMF/OVMF.fd',
  '/usr/share/edk2/ovmf/OVMF.fd',
  '/usr/share/edk2/x64/OVMF.4m.fd',
];

/** The path of the UEFI firmware, or undefined. */
export const uefiFirmware = (): string | undefined => firmwareFiles.find((path) => existsSync(path));

/** @throws BuildError that names everything that boot tests need and this VM lacks. */
export function requireQemu(firmware: readonly Firmware[]): void {
  const needed = Object.entries(programs).filter(([program]) => which(program) === undefined);
  const lacksUefi = firmware.includes('uefi') && uefiFirmware() === undefined;
  requirePresent({ ...Object.fromEntries(needed), ...(lacksUefi ? { 'OVMF.fd': 'ovmf' } : {}) });
}

/** Whether this process can use KVM. */
export function hasKvm(): boolean {
  try {
    closeSync(openSync('/dev/kvm', constants.O_RDWR));
    return true;
  } catch {
    return false;
  }
}
