import { BuildError } from '../../common/errors.js';
import { sleep as realSleep, type Sleep } from '../../common/wait.js';
import { type Disk, disks, namesInDev, sequenceOf, sequences } from './block-devices.js';
import { type DiskEvidence, evidenceOf, type Identification, identifyDisk } from './evidence.js';
import { isFree } from './exclusive.js';

/** Milliseconds for which the kernel may not show a disk that the API reports as attached. */
const timeout = 30_000;

/** Milliseconds for which `nvme_device_path` may be missing after a disk has appeared. */
const pathTimeout = 5_000;

/** The time that a search sees. */
export interface SearchTime {
  readonly sleep: Sleep;
  /** Monotonic, in milliseconds. */
  readonly clock: () => number;
}

const realTime: SearchTime = { sleep: realSleep, clock: () => performance.now() };

/** A volume that the API reports as attached. */
export interface Attached {
  readonly volume: string;
  /** The name it was attached as. */
  readonly device: string;
  /** Bytes; undefined when the API does not report it. */
  readonly size: number | undefined;
  /** The disks before the attachment. */
  readonly before: readonly Disk[];
  /** The path of `nvme_device_path`. */
  readonly given: string | undefined;
}

/**
 * Waits until the kernel shows the disk of a volume, the evidence identifies it and it is not in use.
 * @throws BuildError with the evidence after 30 seconds, or 5 seconds after a disk of the volume's size has
 *   appeared if `nvme_device_path` is not a disk.
 */
export async function findDisk(
  attached: Attached,
  signal: AbortSignal,
  { sleep, clock }: SearchTime = realTime,
): Promise<Disk> {
  const { volume, device, size, before, given } = attached;
  const until = clock() + timeout;
  let appearedAt: number | undefined;
  while (true) {
    const now = disks();
    const evidence = evidenceOf(device, volume, before, now, namesInDev(given));
    const identification = identifyDisk(evidence, size, now);
    const found = identification !== undefined && 'disk' in identification ? identification.disk : undefined;
    const disk = now.find(({ name }) => name === found);
    if (disk !== undefined && isFree(disk.name)) return disk;
    if (now.some((one) => evidence.appeared.includes(one.name) && (size ?? one.size) === one.size))
      appearedAt ??= clock();
    const isPathMissing = evidence.given?.length === 0;
    const limit = isPathMissing && appearedAt !== undefined ? appearedAt + pathTimeout : until;
    if (clock() > Math.min(limit, until)) {
      throw isPathMissing ? noSuchPath(attached, evidence) : notFound(attached, evidence, identification);
    }
    await sleep(20, signal);
  }
}

const noSuchPath = ({ volume, device, given }: Attached, evidence: DiskEvidence): BuildError =>
  new BuildError(
    `nvme_device_path: ${given} is not a disk of this VM after ${volume} was attached as ${device}`,
    {
      hint: 'Set nvme_device_path to the path of the attached volume, or remove the option to detect the disk.',
      output: linesOf(evidence),
    },
  );

function notFound(
  { volume, device }: Attached,
  evidence: DiskEvidence,
  identification: Identification,
): BuildError {
  const why =
    identification === undefined
      ? 'no disk appeared under that name'
      : 'disagree' in identification
        ? identification.disagree
        : `${identification.disk} is in use`;
  return new BuildError(`${volume} was attached as ${device}, but its disk was not found: ${why}`, {
    output: linesOf(evidence),
  });
}

const linesOf = (evidence: DiskEvidence): string[] =>
  Object.entries(evidence).map(
    ([sign, names]: [string, readonly string[] | undefined]) => `${sign}: ${names?.join(', ') || 'none'}`,
  );

/**
 * The kernel's disk of a volume that was attached earlier, by its names.
 * @returns undefined if no name refers to a disk, or if the names refer to different disks.
 */
export function diskOf(device: string, volume: string): string | undefined {
  const now = disks();
  const { name, byId, serial } = evidenceOf(device, volume, now, now, namesInDev(undefined));
  const named = new Set([...name, ...byId, ...serial]);
  return named.size === 1 ? [...named][0] : undefined;
}

/** A disk as recorded when it was identified. The kernel reuses the name after the disk is detached. */
export interface RecordedDisk {
  /** The kernel's name at that time. */
  readonly disk: string;
  /** Its diskseq, which no other disk has had since the VM was started; undefined before Linux 5.15. */
  readonly sequence?: string | undefined;
}

/**
 * The current name of a disk recorded since the last boot; undefined if the disk is gone or its diskseq is
 * unknown.
 */
export const nameOfRecorded = ({ sequence }: Pick<RecordedDisk, 'sequence'>): string | undefined =>
  sequence === undefined ? undefined : disks().find((disk) => disk.sequence === sequence)?.name;

/**
 * The disk name to use for finding leftovers of a recorded disk on the VM.
 * @param named the disk that the device names of its volume refer to; used if no diskseq was recorded
 * @returns the recorded name, also if no disk has it now; a name that no disk has, if another disk has the
 *   recorded one.
 */
export function nameForCleanUp({ disk, sequence }: RecordedDisk, named: string | undefined): string {
  const now = nameOfRecorded({ sequence });
  if (now !== undefined) return now;
  if (sequence === undefined && named === disk) return disk;
  const isTaken = disks().some(({ name }) => name === disk);
  return isTaken ? `${disk}@${sequence ?? 'unknown'}` : disk;
}

/** @throws BuildError if the name now belongs to another disk than the recorded one, or to none. */
export function requireSameDisk({ disk, sequence }: RecordedDisk): void {
  if (sequence === undefined || sequenceOf(disk) === sequence) return;
  throw new BuildError(`${disk} no longer belongs to this build`, {
    hint: 'The volume was detached during the build. Start the build again.',
  });
}

/** The highest diskseq so far. Disks that appear later have a higher one. Undefined before Linux 5.15. */
export function highestSequence(): number | undefined {
  const numbers = sequences().map(Number);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

/** The non-empty disks that appeared after `highest` was the highest diskseq. */
export const appearedAfter = (highest: number): string[] =>
  disks()
    .filter(({ size, sequence }) => size > 0 && sequence !== undefined && Number(sequence) > highest)
    .map(({ name }) => name);
