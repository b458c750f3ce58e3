import { closeSync, constants, openSync, readSync } from 'node:fs';
import { bootId } from '../proc/identity.js';
import { codeOf } from '../system-error.js';

/** A point in the kernel's log. */
export interface LogMark {
  /** The sequence number of the last record before it. */
  readonly sequence: number;
  /** The boot in which the kernel counted so, see bootId(). */
  readonly boot: string;
}

interface LogRecord {
  readonly sequence: number;
  /** Whether its facility is that of the kernel (syslog(3)), which no program can write with. */
  readonly isOfKernel: boolean;
  readonly text: string;
}

/** Bytes: the kernel gives one record a read, of no more than this (PRINTKRB_RECORD_MAX, linux/printk.h, is 1,024 and escapes it). */
const longest = 16_384;

/**
 * The records of /dev/kmsg that the kernel still has: `LEVEL,SEQUENCE,TIME,FLAGS;TEXT`, then lines that begin with a
 * blank (Documentation/ABI/testing/dev-kmsg). A read answers EPIPE where records were overwritten meanwhile, and EAGAIN
 * at the end.
 * @returns undefined where this process may not read it, or there is none, as in many containers.
 */
function records(): LogRecord[] | undefined {
  let log: number;
  try {
    log = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  const found: LogRecord[] = [];
  const buffer = Buffer.alloc(longest);
  try {
    while (true) {
      try {
        const size = readSync(log, buffer);
        if (size === 0) return found;
        const [, priority, sequence, text] =
          /^(\d+),(\d+),[^;]*;([^\n]*)/.exec(buffer.toString('utf8', 0, size)) ?? [];
        if (text === undefined) continue;
        found.push({ sequence: Number(sequence), isOfKernel: Number(priority) < 8, text });
      } catch (error) {
        if (codeOf(error) === 'EAGAIN') return found;
        if (codeOf(error) !== 'EPIPE') return undefined;
      }
    }
  } finally {
    closeSync(log);
  }
}

/** The end of the kernel's log; undefined where it cannot be read. */
export function endOfLog(): LogMark | undefined {
  const last = records()?.at(-1);
  return last && { sequence: last.sequence, boot: bootId() };
}

/** What the kernel said of devices. */
export interface DeviceLog {
  /** Whether these are all records since the mark: the log could be read, and none was overwritten. */
  readonly isComplete: boolean;
  readonly errors: readonly string[];
}

/**
 * How the kernel reports an error in a filesystem or a disk: ext4_error(), the alerts of XFS, btrfs_err() and what btrfs says
 * of checksums, fat_fs_error() and the block layer. Many are only warnings by their level.
 */
const isError =
  /EXT[234]-fs error|BTRFS (error|critical)|FAT-fs .*error|corrupt|CRC error|Internal error|I\/O error|error, dev |xfs_repair|csum failed|checksum verify|shut(ting)? down|lost .*page write|writeback error|data loss/i;

/** What it says where it only does not know a filesystem. */
const isRefusal = /cannot mount|open_ctree|unsupported|unknown .*features/i;

const lostWrite =
  /op 0x1:\(WRITE\)|lost (async |sync )?page write|I\/O error \d+ writing to inode|writeback error on inode|data loss/;

/** Whether an error is about data that the kernel could not write: no checker finds that afterwards. */
export const isLostWrite = (line: string): boolean => lostWrite.test(line);

/** What the kernel reported as an error of one of these devices since a mark. @param names the kernel's, such as `vdb1` */
export function deviceErrorsSince(mark: LogMark | undefined, names: readonly string[]): DeviceLog {
  const all = records();
  const since = mark === undefined || mark.boot !== bootId() ? undefined : mark.sequence;
  if (all === undefined || since === undefined) return { isComplete: false, errors: [] };
  const ofDevice = new RegExp(`(?<![\\w-])(?:${names.join('|')})(?![\\w-])`);
  const errors = all
    .filter(({ sequence, isOfKernel }) => sequence > since && isOfKernel)
    .filter(({ text }) => isError.test(text) && !isRefusal.test(text) && ofDevice.test(text))
    .map(({ text }) => text);
  return { isComplete: (all[0]?.sequence ?? 0) <= since + 1, errors: [...new Set(errors)] };
}
