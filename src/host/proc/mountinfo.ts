import { readdirSync, readFileSync } from 'node:fs';

/** A line of /proc/PID/mountinfo, see proc(5). */
export interface Mount {
  /** The kernel's number for it; free again when it is unmounted. */
  readonly id: string;
  /** MAJOR:MINOR of the device. */
  readonly device: string;
  /** The folder of its filesystem that is mounted. */
  readonly root: string;
  readonly target: string;
  readonly type: string;
  readonly source: string;
  /** Options of the mount itself, not of its filesystem. */
  readonly options: readonly string[];
  /** Whether the mount or its filesystem is. */
  readonly isReadOnly: boolean;
}

/** A path as the kernel writes it in /proc, with blanks and the like as octal numbers. */
export const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Reads the text of a mountinfo file. */
function parseMountinfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const fields = line.split(' ');
      const separator = fields.indexOf('-');
      const [options = [], filesystem = []] = [fields[5], fields[separator + 3]].map((list) =>
        list?.split(','),
      );
      return {
        id: fields[0] ?? '',
        device: fields[2] ?? '',
        root: unescaped(fields[3] ?? ''),
        target: unescaped(fields[4] ?? ''),
        type: fields[separator + 1] ?? '',
        source: unescaped(fields[separator + 2] ?? ''),
        options,
        isReadOnly: [...options, ...filesystem].includes('ro'),
      };
    });
}

/** Whether a path is another one or lies below it. */
export const isAtOrBelow = (path: string, top: string): boolean => path === top || path.startsWith(`${top}/`);

/** What is mounted for this process. */
export const currentMounts = (): Mount[] => parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));

/** The processes of this VM. */
export const pids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** What is mounted in the mount namespace of a process. */
export function mountsIn(pid: number): Mount[] {
  try {
    return parseMountinfo(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
  } catch {
    return []; // The process ended, or is one that not even root may look at.
  }
}
