import { describe } from '../../common/errors.js';
import type { DiskLayout, Partition } from '../disk/partitions.js';
import {
  type Candidate,
  noRoot,
  partitionOfNumber,
  rootCandidates,
  rootFromScratch,
  typedRoot,
} from '../disk/root-partition.js';
import { type ProbeResult, type ProbeTarget, probeRoot } from './probe-root.js';

/** The root partition of a disk. */
export interface FoundRoot {
  readonly partition: Partition;
  /** The reason for the choice. */
  readonly why: string;
  /** The mount option of its subvolume, for btrfs. */
  readonly subvolume: string | undefined;
  /** Whether it contains a system: always with a source, from scratch only once a command has written one. */
  readonly hasSystem: boolean;
}

/** Receives a notice about a partition. */
type Notice = (line: string) => void;

const nothing: ProbeResult = { isRoot: false, hasContent: false, subvolume: undefined };

/**
 * Finds the root partition of a disk with a source: the first candidate that contains a root filesystem.
 * Skips a candidate that cannot be mounted, for example because this kernel lacks a feature.
 * @param number `mount_partition`
 * @throws BuildError with the partitions if none contains a root filesystem.
 */
export async function findRoot(
  layout: DiskLayout,
  number: 'auto' | number,
  probe: ProbeTarget,
  notice: Notice,
): Promise<FoundRoot> {
  const reasons: string[] = [];
  const skip = (reason: string): void => {
    reasons.push(reason);
    notice(reason);
  };
  for (const { partition, why, probe: isDoubtful } of candidatesOf(layout, number)) {
    const isCertain = !isDoubtful && partition.filesystem !== 'btrfs';
    const {
      isRoot,
      subvolume,
      notice: line,
    } = isCertain
      ? { ...nothing, isRoot: true }
      : await (isDoubtful ? tryProbe(partition, probe, skip) : probeRoot(partition, probe));
    if (line !== undefined) notice(line);
    if (isRoot || !isDoubtful) return { partition, why, subvolume, hasSystem: true };
  }
  throw noRoot(layout.partitions, reasons);
}

/**
 * Finds the root partition of a volume that was created empty. Once a command has written content to a
 * filesystem, the search is the one with a source, and a GPT root type decides if none has a root yet.
 * @throws as `findRoot`
 */
export async function findRootFromScratch(
  layout: DiskLayout,
  number: 'auto' | number,
  probe: ProbeTarget,
  notice: Notice,
): Promise<FoundRoot> {
  const found: (Candidate & ProbeResult)[] = [];
  for (const candidate of candidatesOf(layout, number))
    found.push({ ...candidate, ...(await tryProbe(candidate.partition, probe, notice)) });
  const system = found.find(({ isRoot }) => isRoot);
  if (system?.notice !== undefined) notice(system.notice);
  if (system !== undefined) return { ...system, hasSystem: true };
  const [first] = found;
  if (first !== undefined && !first.probe) return { ...first, hasSystem: false };
  const empty = found.some(({ hasContent }) => hasContent) ? typedRoot(layout) : rootFromScratch(layout);
  if (empty === undefined) throw noRoot(layout.partitions, []);
  return { ...empty, subvolume: undefined, hasSystem: false };
}

/** @param number `mount_partition` */
const candidatesOf = (layout: DiskLayout, number: 'auto' | number): Candidate[] =>
  number === 'auto' ? rootCandidates(layout) : [partitionOfNumber(layout, number)];

/** Probes a partition; one that cannot be mounted is reported, and counts as empty. */
async function tryProbe(partition: Partition, probe: ProbeTarget, skip: Notice): Promise<ProbeResult> {
  return await probeRoot(partition, probe).catch((error: unknown) => {
    probe.signal.throwIfAborted();
    skip(`${partition.name} skipped, because it cannot be mounted: ${describe(error)}`);
    return nothing;
  });
}
