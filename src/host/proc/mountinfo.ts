import { readdirSync, readFileSync } from 'node:fs';

/** A line of /proc/PID/mountinfo, see proc(5). */
export interface Mount {
  /** The ID of the mount. The kernel reuses it after an unmount. */
  readonly id: string;
  /** MAJOR:MINOR of the device. */
  readonly device: string;
  /** The directory of the filesystem that is mounted. */
  readonly root: string;
  readonly target: string;
  readonly type: string;
  readonly source: string;
  /** Per-mount options, not those of the filesystem. */
  readonly options: readonly string[];
  /** Whether the mount or its filesystem is read-only. */
  readonly isReadOnly: boolean;
}

/**
 * Decodes a path of /proc, in which the kernel writes blanks, tabs, line breaks and backslashes as octal
 * numbers.
 */
export const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Parses the text of a mountinfo file. */
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

/** Whether a path is `top` or a path below it. */
export const isAtOrBelow = (path: string, top: string): boolean => path === top || path.startsWith(`${top}/`);

/** The mounts that this process sees. */
export const currentMounts = (): Mount[] => parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));

/** The pids of this VM. */
export const pids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** The mounts that a process sees. */
export function mountsIn(pid: number): Mount[] {
  try {
    return parseMountinfo(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
  } catch {
    return []; // The process has ended, or even root has no permission to read it.
  }
}
