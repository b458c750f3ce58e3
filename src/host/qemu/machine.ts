import type { Command } from '../exec/exec.js';

/** The firmware of a virtual machine. */
export type Firmware = 'bios' | 'uefi';

/** What executes the code of the guest: the processor, or software emulation. */
export type Accelerator = 'kvm' | 'tcg';

/** The program that runs virtual machines of x86. */
export const qemu = 'qemu-system-x86_64';

/** MiB of the guest. With those of the emulation, a boot test uses less than 1 GiB. */
const memory = 768;

/** MiB for translated code; QEMU would take up to 1 GiB (docs of QEMU, `tb-size`). */
const translated = 128;

/**
 * The serial number of the system. It selects the data source NoCloud of cloud-init, which then does not wait
 * for a metadata service (documentation of cloud-init, NoCloud).
 */
const serial = 'ds=nocloud';

/** Seccomp filter of QEMU: no new processes, no other user (docs of QEMU, `-sandbox`). */
const seccomp = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/**
 * The command that boots a disk. Descriptor 3 is the disk, open for reading only; descriptor 4 a qcow2 file
 * that takes all writes of the guest. The guest has no network. Its serial console is stdout.
 * @param ovmf path of the UEFI firmware; undefined for BIOS, which QEMU has
 */
export function machine(accelerator: Accelerator, ovmf: string | undefined): Command {
  const options = [
    ['-sandbox', seccomp],
    ['-machine', 'pc'],
    ['-accel', accelerator === 'kvm' ? 'kvm' : `tcg,tb-size=${translated}`],
    // All features that the accelerator has: distributions need more than those of the oldest processors.
    ['-cpu', 'max'],
    ['-smp', '2'],
    ['-m', `${memory}`],
    ['-smbios', `type=1,serial=${serial}`],
    ovmf === undefined ? [] : ['-bios', ovmf],
    ['-display', 'none', '-vga', 'std'],
    ['-nic', 'none', '-monitor', 'none', '-parallel', 'none'],
    ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ['-add-fd', 'fd=3,set=3', '-add-fd', 'fd=4,set=4'],
    ['-blockdev', 'driver=host_device,node-name=volume,filename=/dev/fdset/3,read-only=on,locking=off'],
    ['-blockdev', 'driver=file,node-name=file,filename=/dev/fdset/4,locking=off'],
    ['-blockdev', 'driver=qcow2,node-name=disk,file=file,backing=volume'],
    // An overlay that is full is a write error for the guest.
    ['-device', 'virtio-blk-pci,drive=disk,bootindex=1,werror=report,rerror=report'],
    ['-object', 'rng-builtin,id=random', '-device', 'virtio-rng-pci,rng=random'],
  ];
  return [qemu, '-nodefaults', '-no-user-config', ...options.flat()];
}

/** The first message of QEMU among the lines of its stderr, which the shell may have added some to. */
export const messageOf = (errors: readonly string[]): string =>
  errors.find((line) => line.startsWith(qemu)) ?? errors.at(-1) ?? 'no message';
