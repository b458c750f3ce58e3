import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { attempt } from '../proc/processes.js';
import { namesOf, rereadPartitions } from './kernel-partitions.js';
import { type Facts, probe } from './probe.js';

/** A partition, or a whole disk (number 0), and what blkid(8) finds in it. */
export interface Partition {
  readonly number: number;
  /** The kernel's name: `vdb1`, `nvme1n1p1`, `loop3p1`. */
  readonly name: string;
  /** Where it begins on the disk, in bytes. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
  readonly filesystem: string | undefined;
  readonly uuid: string | undefined;
  readonly label: string | undefined;
  /** GPT type GUID or MBR type (`0x83`), in small letters. */
  readonly type: string | undefined;
  /** PARTUUID and PARTLABEL. */
  readonly partUuid: string | undefined;
  readonly partLabel: string | undefined;
}

/** A disk with what it is divided into. */
export interface DiskLayout {
  /** The disk as a whole, as its own partition 0. */
  readonly whole: Partition;
  /** `gpt` or `dos`; undefined for a disk without a table. */
  readonly table: string | undefined;
  /** In the order of their numbers; a disk without a table is its own only partition. */
  readonly partitions: readonly Partition[];
}

/** Whether a partition is an EFI system partition, by its GPT or MBR type (UEFI specification, 5.2, 5.3). */
export const isEfiSystem = ({ type }: Pick<Partition, 'type'>): boolean =>
  type === 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b' || type === '0xef';

const inSysfs = (disk: string, name: string, file: string): string =>
  readFileSync(`/sys/block/${disk}/${name}/${file}`, 'utf8').trim();

type Location = Pick<Partition, 'number' | 'name' | 'start' | 'size'>;

/** Where the kernel has the partitions of a disk, by number. One that is removed meanwhile is left out. */
export const locationsOf = (disk: string): Location[] =>
  namesOf(disk)
    .map((name) =>
      attempt(() => {
        const number = Number(inSysfs(disk, name, 'partition'));
        const [start = 0, size = 0] = ['start', 'size'].map(
          (file) => Number(inSysfs(disk, name, file)) * 512,
        );
        return { number, name, start, size };
      }),
    )
    .filter((location) => location !== undefined)
    .toSorted((one, other) => one.number - other.number);

const locationOf = ({ number, name, start, size }: Location): Location => ({ number, name, start, size });

const partition = (location: Location, facts: Facts = new Map()): Partition => ({
  ...location,
  filesystem: facts.get('TYPE'),
  uuid: facts.get('UUID'),
  label: facts.get('LABEL'),
  type: facts.get('PART_ENTRY_TYPE')?.toLowerCase(),
  partUuid: facts.get('PART_ENTRY_UUID'),
  partLabel: facts.get('PART_ENTRY_NAME'),
});

/** The partitions that the kernel knows, none for a disk without a table. */
async function read(disk: string, signal: AbortSignal): Promise<DiskLayout> {
  const locations = locationsOf(disk).filter(({ name }) => existsSync(`/dev/${name}`));
  const facts = await probe([disk, ...locations.map(({ name }) => name)], signal);
  const sectors = Number(readFileSync(`/sys/block/${disk}/size`, 'utf8'));
  const whole = partition({ number: 0, name: disk, start: 0, size: sectors * 512 }, facts.get(disk));
  const table = facts.get(disk)?.get('PTTYPE');
  const partitions = locations.map((one) => partition(one, facts.get(one.name)));
  return { whole, table, partitions: table === undefined ? [] : partitions };
}

/** A boot sector of a whole-disk filesystem ends like a partition table, but has no partition in it. */
const orWhole = ({ whole, table, partitions }: DiskLayout): DiskLayout =>
  table === undefined || (whole.filesystem !== undefined && partitions.length === 0)
    ? { whole, table: undefined, partitions: [whole] }
    : { whole, table, partitions };

/** What a disk is divided into for the kernel. Its table may say otherwise, see `layoutOf`. */
export const knownLayoutOf = async (disk: string, signal: AbortSignal): Promise<DiskLayout> =>
  orWhole(await read(disk, signal));

/**
 * Reads all partitions in the table of a disk. The kernel knows them afterwards, whatever it knew before.
 * Disk and partitions are probed together: again only if the kernel's partitions were not those of the table.
 */
export async function layoutOf(disk: string, signal: AbortSignal): Promise<DiskLayout> {
  const found = await read(disk, signal);
  if (found.table === undefined) return orWhole(found);
  await rereadPartitions(disk, signal);
  const isCurrent = isDeepStrictEqual(found.partitions.map(locationOf), locationsOf(disk));
  return orWhole(isCurrent ? found : await read(disk, signal));
}

/** The partitions of a disk, in the order of their numbers; a disk without a table is its own partition 0. */
export const partitionsOf = async (disk: string, signal: AbortSignal): Promise<readonly Partition[]> =>
  (await layoutOf(disk, signal)).partitions;

/** MAJOR:MINOR of a disk and of its partitions, as mountinfo writes them, by their names. */
export const deviceNumbers = (disk: string): Map<string, string> =>
  new Map([
    [disk, readFileSync(`/sys/block/${disk}/dev`, 'utf8').trim()],
    ...namesOf(disk).map((name) => [name, inSysfs(disk, name, 'dev')] as const),
  ]);
