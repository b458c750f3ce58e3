import { readdirSync, readFileSync } from 'node:fs';
import { exec } from './exec.js';

/** A partition, or a whole disk without a table (number 0), and what blkid(8) finds in it. */
export interface Partition {
  readonly number: number;
  /** The kernel's name: `vdb1`, `nvme1n1p1`, `loop3p1`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly filesystem: string | undefined;
  readonly uuid: string | undefined;
  /** GPT type GUID or MBR type. */
  readonly type: string | undefined;
}

const inSysfs = (disk: string, name: string, file: string): string =>
  readFileSync(`/sys/block/${disk}/${name}/${file}`, 'utf8').trim();

const namesOf = (disk: string): string[] =>
  readdirSync(`/sys/block/${disk}`).filter((name) => name.startsWith(disk));

/** What low-level probing finds on a device, never a cache. Code 2 means: nothing known (blkid(8)). */
async function probe(name: string, signal: AbortSignal): Promise<Map<string, string>> {
  const { stdout } = await exec(['blkid', '--probe', '--output', 'export', `/dev/${name}`], {
    answers: [2],
    signal,
  });
  const facts = stdout.split('\n').filter((line) => line.includes('='));
  return new Map(facts.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

const partition = (number: number, name: string, size: number, facts: Map<string, string>): Partition => ({
  number,
  name,
  size,
  filesystem: facts.get('TYPE'),
  uuid: facts.get('UUID'),
  type: facts.get('PART_ENTRY_TYPE'),
});

/**
 * The partitions of a disk, in the order of their numbers; a disk without a table is its own partition 0.
 * Where neither the kernel nor udev has read a table that is there, partx(8) does.
 */
export async function partitionsOf(disk: string, signal: AbortSignal): Promise<Partition[]> {
  const whole = await probe(disk, signal);
  if (whole.has('PTTYPE') && namesOf(disk).length === 0) {
    await exec(['partx', '--update', `/dev/${disk}`], { signal });
  }
  if (!whole.has('PTTYPE')) {
    const sectors = Number(readFileSync(`/sys/block/${disk}/size`, 'utf8'));
    return [partition(0, disk, sectors * 512, whole)];
  }
  const found = await Promise.all(
    namesOf(disk).map(async (name) =>
      partition(
        Number(inSysfs(disk, name, 'partition')),
        name,
        Number(inSysfs(disk, name, 'size')) * 512,
        await probe(name, signal),
      ),
    ),
  );
  return found.toSorted((one, other) => one.number - other.number);
}

/** MAJOR:MINOR of a disk and of its partitions, as mountinfo writes them. */
export const deviceNumbers = (disk: string): string[] => [
  readFileSync(`/sys/block/${disk}/dev`, 'utf8').trim(),
  ...namesOf(disk).map((name) => inSysfs(disk, name, 'dev')),
];
