/** What boot code does besides printing its text. */
interface BootOptions {
  /** Prints its text again without end. */
  readonly isEndless?: boolean;
  /** Writes sector 2 of the disk, by the BIOS, and prints its text only if that worked. */
  readonly writes?: boolean;
}

/** mov es,ax; mov ax,0x0301; mov bx,0x7c00; mov cx,2; mov dx,0x80; int 0x13; jc end; xor ax,ax */
const write = [
  0x8e, 0xc0, 0xb8, 1, 3, 0xbb, 0, 0x7c, 0xb9, 2, 0, 0xba, 0x80, 0, 0xcd, 0x13, 0x72, 0x1c, 0x31, 0xc0,
];
/** Each character: lodsb; or al,al; jz end; mov ah,al; wait for the port; out dx,al. Its port is 0x3f8. */
const print = [
  0xac, 0x08, 0xc0, 0x74, 0x12, 0x88, 0xc4, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x20, 0x74, 0xfb, 0xba, 0xf8, 0x03,
  0x88, 0xe0, 0xee, 0xeb, 0xe9,
];

/**
 * The boot code of a disk: prints a text on the first serial port, and halts. 446 bytes at most, so that a
 * partition table has room after it.
 */
export function bootCode(text: string, { isEndless = false, writes = false }: BootOptions = {}): Buffer {
  // xor ax,ax; mov ds,ax
  const start = [0x31, 0xc0, 0x8e, 0xd8, ...(writes ? write : [])];
  // jmp to the load of the text; or hlt; jmp back
  const end = isEndless ? [0xeb, 0xe4, 0x90] : [0xf4, 0xeb, 0xfd];
  const address = 0x7c00 + start.length + 3 + print.length + end.length;
  const load = [0xbe, address & 0xff, address >> 8];
  const code = Buffer.concat([
    Buffer.from([...start, ...load, ...print, ...end]),
    Buffer.from(`${text}\0`, 'latin1'),
  ]);
  if (code.length > 446) throw new Error(`the boot code has ${code.length} bytes`);
  return code;
}

/** A boot sector with this code, without partitions. */
export const bootSector = (code: Buffer): Buffer =>
  Buffer.concat([code, Buffer.alloc(510 - code.length), Buffer.from([0x55, 0xaa])]);

/** The pre-mount command that writes boot code before the partition table of the disk. */
export const writesBootCode = (code: Buffer): string => {
  const octal = [...code].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return `printf '${octal}' | dd of={{.Device}} bs=446 iflag=fullblock conv=notrunc status=none`;
};
