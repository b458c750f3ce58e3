import { type Command, exec, lastLines, pasteable } from '../exec/exec.js';
import { type Programs, which } from '../exec/programs.js';
import type { Partition } from './partitions.js';

interface Checker {
  readonly command: (device: string) => Command;
  readonly package: string;
}

/**
 * Read-only checks: e2fsck(8), xfs_repair(8), and btrfs-check(8), which also verifies the checksums of all
 * data.
 */
const checkers: Readonly<Record<string, Checker>> = {
  ext: { command: (device) => ['e2fsck', '-fn', device], package: 'e2fsprogs' },
  xfs: { command: (device) => ['xfs_repair', '-n', device], package: 'xfsprogs' },
  btrfs: {
    command: (device) => ['btrfs', 'check', '--readonly', '--check-data-csum', device],
    package: 'btrfs-progs',
  },
};

/** The result of a filesystem check. */
export type Checked =
  | { readonly result: 'sound'; readonly command: string }
  | {
      readonly result: 'damaged';
      readonly command: string;
      readonly code: number;
      readonly output: readonly string[];
    }
  /**
   * `missing` lists the missing programs. It is empty if build-omi has no checker for the filesystem type.
   */
  | { readonly result: 'unchecked'; readonly missing: Programs };

/** XFS does not write its log back after a shutdown, and xfs_repair -n ignores the log. */
const unwrittenLog = /valuable metadata changes in a log/;

/** Checks an unmounted filesystem read-only. Every exit code except 0 means damage. */
export async function checkFilesystem(
  { filesystem = '', name }: Partition,
  signal: AbortSignal,
): Promise<Checked> {
  const checker = checkers[filesystem.replace(/^ext[234]$/, 'ext')];
  if (checker === undefined) return { result: 'unchecked', missing: {} };
  const argv = checker.command(`/dev/${name}`);
  if (which(argv[0]) === undefined) return { result: 'unchecked', missing: { [argv[0]]: checker.package } };
  const { code, stdout, stderr } = await exec(argv, { limit: 'disk', answers: failures, signal });
  const text = `${stderr}\n${stdout}`;
  const command = pasteable(argv);
  return code === 0 && !unwrittenLog.test(text)
    ? { result: 'sound', command }
    : { result: 'damaged', command, code, output: lastLines(text).slice(-10) };
}

/** Every exit code is a result: those of e2fsck(8) are bit masks. */
const failures = Array.from({ length: 255 }, (_, index) => index + 1);
