import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../../common/errors.js';
import { type Command, exec } from '../exec/exec.js';
import { attempt } from '../proc/processes.js';

/** Milliseconds to wait for the device node of a partition that the kernel knows. */
const timeout = 10_000;

/** How often to compare, 20 ms apart: udev may update the partitions at the same time. */
const maxTries = 10;

/** Where a partition is on its disk, in sectors of 512 bytes for every disk (sysfs-block, kernel docs). */
interface Extent {
  readonly start: number;
  /** Undefined for an extended partition, of which the kernel shows only the first sectors. */
  readonly size: number | undefined;
}

/** MBR types of extended partitions: CHS, LBA and Linux (part_type of linux/msdos_partition.h). */
const extended = new Set(['0x5', '0xf', '0x85']);

/** The names of the partitions of a disk that the kernel knows. */
export const namesOf = (disk: string): string[] =>
  readdirSync(`/sys/block/${disk}`).filter(
    (name) => name.startsWith(disk) && existsSync(`/sys/block/${disk}/${name}/partition`),
  );

/** Parses the lines `NR START SECTORS TYPE` of partx(8). */
const parseTable = (text: string): Map<number, Extent> =>
  new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [number, start, size, type = ''] = line.trim().split(/\s+/);
        return [
          Number(number),
          { start: Number(start), size: extended.has(type) ? undefined : Number(size) },
        ];
      }),
  );

/** The partition table on the disk; undefined if it has none. */
async function tableOf(disk: string, signal: AbortSignal): Promise<Map<number, Extent> | undefined> {
  const argv: Command = [
    'partx',
    '--raw',
    '--noheadings',
    '--output',
    'NR,START,SECTORS,TYPE',
    `/dev/${disk}`,
  ];
  const { code, stdout } = await exec(argv, { answers: [1], signal });
  return code === 0 ? parseTable(stdout) : undefined;
}

/** The partitions of the kernel. One that is removed meanwhile is left out. */
function known(disk: string): Map<number, Extent> {
  const read = (name: string, file: string): number =>
    Number(readFileSync(`/sys/block/${disk}/${name}/${file}`, 'utf8'));
  const entries = namesOf(disk).map((name) =>
    attempt(
      () => [read(name, 'partition'), { start: read(name, 'start'), size: read(name, 'size') }] as const,
    ),
  );
  return new Map(entries.filter((entry) => entry !== undefined));
}

/**
 * The commands that make the partitions of the kernel those of the table. Each is for one number, because
 * `partx --update` stops at the first gap (util-linux 2.38). A partition that grows stays, as it may be
 * mounted; those that are unchanged keep their device numbers.
 */
function updatesFor(
  disk: string,
  table: ReadonlyMap<number, Extent>,
  kernel: ReadonlyMap<number, Extent>,
): Command[] {
  const device = `/dev/${disk}`;
  const isMoved = (number: number): boolean => table.get(number)?.start !== kernel.get(number)?.start;
  const moved = [...kernel.keys()].filter(isMoved);
  const resized = [...table].filter(
    ([number, { size }]) => !isMoved(number) && size !== undefined && size !== kernel.get(number)?.size,
  );
  const added = [...table.keys()].filter((number) => isMoved(number));
  const shrinking = ([number, { size = 0 }]: readonly [number, Extent]): number =>
    size < (kernel.get(number)?.size ?? 0) ? 0 : 1;
  return [
    ...moved.map((number) => ['partx', '--delete', '--nr', String(number), device] as const),
    // Partitions must not overlap at any time, so those that shrink come first.
    ...resized
      .toSorted((one, other) => shrinking(one) - shrinking(other))
      .map(([number, { size }]) => ['resizepart', device, String(number), String(size)] as const),
    ...added.map((number) => ['partx', '--add', '--nr', String(number), device] as const),
  ];
}

/**
 * Updates the kernel's partitions from the partition table of a disk, and waits for their device nodes.
 * partx(8) reads the table, so the kernel need not support its type. A missing table is not an error.
 * @throws BuildError if a partition of the table stays unknown to the kernel, or is somewhere else.
 */
export async function rereadPartitions(disk: string, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const table = await tableOf(disk, signal);
    if (table === undefined) break;
    const updates = (): Command[] => updatesFor(disk, table, known(disk));
    // Another process may do the same at this time, which makes them fail.
    for (const argv of updates()) await exec(argv, { answers: [1], signal });
    if (updates().length === 0) break;
    if (tries === maxTries) {
      requireKnown(disk, table);
      break;
    }
    await sleep(20, undefined, { signal });
  }
  const until = performance.now() + timeout;
  const missing = (): boolean => namesOf(disk).some((name) => !existsSync(`/dev/${name}`));
  while (missing() && performance.now() < until) await sleep(5, undefined, { signal });
}

/** A partition that the table has beyond the end of the disk is not the kernel's. */
function requireKnown(disk: string, table: ReadonlyMap<number, Extent>): void {
  const sectors = Number(readFileSync(`/sys/block/${disk}/size`, 'utf8'));
  const kernel = known(disk);
  const unknown = [...table]
    .filter(([number, { start, size = 0 }]) => start + size <= sectors && kernel.get(number)?.start !== start)
    .map(([number]) => number);
  if (unknown.length === 0) return;
  throw new BuildError(`The kernel does not accept partition ${unknown.join(', ')} of ${disk}`, {
    hint: 'Unmount the partitions of the disk before you change its partition table, and check that none overlap.',
  });
}
