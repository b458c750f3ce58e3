import { type Command, exec, lastLines, pasteable } from '../exec/exec.js';
import { type Programs, which } from '../exec/programs.js';
import type { Partition } from './partitions.js';

interface Checker {
  readonly command: (device: string) => Command;
  readonly package: string;
}

/** Checkers that write nothing: e2fsck(8), xfs_repair(8), btrfs-check(8), the latter with the checksums of all data. */
const checkers: Readonly<Record<string, Checker>> = {
  ext: { command: (device) => ['e2fsck', '-fn', device], package: 'e2fsprogs' },
  xfs: { command: (device) => ['xfs_repair', '-n', device], package: 'xfsprogs' },
  btrfs: {
    command: (device) => ['btrfs', 'check', '--readonly', '--check-data-csum', device],
    package: 'btrfs-progs',
  },
};

/** What a checker found. */
export type Checked =
  | { readonly result: 'sound'; readonly command: string }
  | {
      readonly result: 'damaged';
      readonly command: string;
      readonly code: number;
      readonly output: readonly string[];
    }
  /** With the programs that are missing; none where the filesystem has no checker here. */
  | { readonly result: 'unchecked'; readonly missing: Programs };

/** XFS cannot write its log back after it was shut down, and xfs_repair -n ignores a log. */
const unwrittenLog = /valuable metadata changes in a log/;

/** Checks a filesystem that is not mounted, and writes nothing to it. Any exit code but 0 means damage. */
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

/** Each exit code is an answer: those of e2fsck(8) are sums of bits. */
const failures = Array.from({ length: 255 }, (_, index) => index + 1);
