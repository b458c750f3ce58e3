import { constants, openSync, readSync } from 'node:fs';
import { bootId } from '../proc/identity.js';
import { codeOf } from '../system-error.js';

/** A position in the kernel log. */
export interface LogMark {
  /** The sequence number of the last record before it. */
  readonly sequence: number;
  /** The boot that the sequence number belongs to, see bootId(). */
  readonly boot: string;
}

/** A record of the kernel log. */
export interface LogRecord {
  readonly sequence: number;
  /** Microseconds of the monotonic clock. */
  readonly time: number;
  /** Whether its facility is LOG_KERN (syslog(3)), which programs cannot use. */
  readonly isOfKernel: boolean;
  readonly text: string;
}

/**
 * Maximum bytes of a record. Each read returns one, at most PRINTKRB_RECORD_MAX (1,024, linux/printk.h)
 * before escaping.
 */
const longest = 16_384;

/** Open until the process ends, because a read from the start of the log takes a call for each record. */
let log: { readonly file: number; readonly found: LogRecord[] } | undefined;

/**
 * The records in the buffer of /dev/kmsg: `LEVEL,SEQUENCE,TIME,FLAGS;TEXT`, then lines that start with a
 * space (Documentation/ABI/testing/dev-kmsg). read(2) fails with EPIPE if records were overwritten before
 * they were read, and with EAGAIN at the end.
 * @returns undefined if /dev/kmsg does not exist, as in many containers, or is not readable.
 */
function records(): readonly LogRecord[] | undefined {
  const buffer = Buffer.alloc(longest);
  while (true) {
    try {
      log ??= { file: openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK), found: [] };
      const size = readSync(log.file, buffer);
      if (size === 0) return log.found;
      const [, priority, sequence, time, text] =
        /^(\d+),(\d+),(\d+)[^;]*;([^\n]*)/.exec(buffer.toString('utf8', 0, size)) ?? [];
      if (text === undefined) continue;
      const isOfKernel = Number(priority) < 8;
      log.found.push({ sequence: Number(sequence), time: Number(time), isOfKernel, text });
    } catch (error) {
      if (log === undefined) return undefined;
      if (codeOf(error) === 'EAGAIN') return log.found;
      if (codeOf(error) !== 'EPIPE') return undefined;
      // What is missing is before the first record from now on.
      log.found.length = 0;
    }
  }
}

/** The current end of the kernel log; undefined if it cannot be read. */
export function endOfLog(): LogMark | undefined {
  const last = records()?.at(-1);
  return last && { sequence: last.sequence, boot: bootId() };
}

/** The errors that the kernel logged for devices. */
export interface DeviceLog {
  /** Whether no record since the mark is missing: the log was readable and none was overwritten. */
  readonly isComplete: boolean;
  /** Whether the kernel may have suppressed messages, because it logged too many about any device. */
  readonly isLimited: boolean;
  readonly errors: readonly string[];
}

/**
 * The kernel logs at most 10 messages of a kind in 5 s, of all disks together (DEFAULT_RATELIMIT_BURST and
 * DEFAULT_RATELIMIT_INTERVAL, linux/ratelimit_types.h): btrfs limits its checksum messages, and xfs and the
 * block layer their I/O errors. The interval starts with its first message, in microseconds. ext4 and fat
 * have a limit for each filesystem.
 */
const rateLimit = { messages: 10, interval: 5_000_000 } as const;

/**
 * Error messages of the kernel for filesystems and disks: ext4_error(), XFS alerts, btrfs_err() and btrfs
 * checksum messages, fat_fs_error() and the block layer. The level is not compared: many have only the level
 * of a warning.
 */
const isError =
  /EXT[234]-fs error|BTRFS (error|critical)|FAT-fs .*error|corrupt|CRC error|Internal error|I\/O error|error, dev |xfs_repair|csum failed|checksum verify|shut(ting)? down|lost .*page write|writeback error|data loss/i;

/** Messages about a filesystem that the kernel does not support. They are not errors of the disk. */
const isRefusal = /cannot mount|open_ctree|unsupported|unknown .*features/i;

const lostWrite =
  /op 0x1:\(WRITE\)|lost (async |sync )?page write|I\/O error \d+ writing to inode|writeback error on inode|data loss/;

/** Whether the kernel failed to write data. A filesystem check cannot find such a loss later. */
export const isLostWrite = (line: string): boolean => lostWrite.test(line);

/**
 * The errors that the kernel logged for devices since a mark.
 * @param names kernel names, such as `vdb1`
 */
export function deviceErrorsSince(mark: LogMark | undefined, names: readonly string[]): DeviceLog {
  const since = mark === undefined || mark.boot !== bootId() ? undefined : mark.sequence;
  const all = records();
  if (all === undefined || since === undefined) return { isComplete: false, isLimited: false, errors: [] };
  return deviceErrorsIn(all, since, names);
}

/**
 * The errors for devices in records of the kernel log.
 * @param since the sequence number of the mark
 */
export function deviceErrorsIn(
  all: readonly LogRecord[],
  since: number,
  names: readonly string[],
): DeviceLog {
  const ofDevice = new RegExp(`(?<![\\w-])(?:${names.join('|')})(?![\\w-])`);
  // An interval that suppresses messages after the mark may have started before it.
  const start = (all.findLast(({ sequence }) => sequence <= since)?.time ?? 0) - rateLimit.interval;
  const errors = all.filter(
    ({ time, isOfKernel, text }) =>
      time >= start && isOfKernel && isError.test(text) && !isRefusal.test(text),
  );
  const own = errors.filter(({ sequence, text }) => sequence > since && ofDevice.test(text));
  const isLimited = errors.some(
    ({ time }, index) =>
      (errors[index + rateLimit.messages - 1]?.time ?? Number.POSITIVE_INFINITY) - time <= rateLimit.interval,
  );
  return {
    isComplete: (all[0]?.sequence ?? 0) <= since + 1,
    isLimited,
    errors: [...new Set(own.map(({ text }) => text))],
  };
}
