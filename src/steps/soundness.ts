import { BuildError } from '../common/errors.js';
import { checkFilesystem } from '../host/disk/check-filesystem.js';
import { deviceErrorsSince, endOfLog, isLostWrite, type LogMark } from '../host/disk/kernel-log.js';
import type { DiskLayout, Partition } from '../host/disk/partitions.js';
import { recordedErrors } from '../host/disk/recorded-errors.js';
import type { Programs } from '../host/exec/programs.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from './attach.js';

/** The state of the filesystems of a disk before the first write. */
export interface SourceState {
  /** The end of the kernel log at that time. */
  readonly log?: LogMark | undefined;
  /** The filesystems with recorded errors. */
  readonly damaged: readonly Pick<Partition, 'name' | 'uuid'>[];
}

/**
 * Reads that state, before the first mount. Errors in the source are a warning: the build did not cause them.
 */
export async function readSourceState({ partitions }: DiskLayout, tools: Tools): Promise<SourceState> {
  const log = endOfLog();
  const damaged: Pick<Partition, 'name' | 'uuid'>[] = [];
  for (const partition of partitions) {
    const errors = await recordedErrors(partition, tools.signal);
    if (errors === undefined) continue;
    damaged.push({ name: partition.name, uuid: partition.uuid });
    tools.report.warn(`The source has errors in ${kindOf(partition)}: ${errors}. The build continues.`);
  }
  return { log, damaged };
}

/**
 * Requires that no filesystem of a disk was damaged during the build. Errors recorded in the filesystem or in
 * the kernel log start a read-only checker, which decides. Checks all partitions, because a script may mount
 * any of them. No filesystem of the disk may be mounted.
 * @param layout of the disk, as it is now
 * @param before the state of the source; a filesystem with errors at that time is a warning
 * @throws BuildError if one is damaged, or has errors and its checker is not installed.
 */
export async function requireSound(
  { disk, volume }: AttachedDisk,
  { partitions }: DiskLayout,
  before: SourceState,
  tools: Tools,
): Promise<void> {
  for (const partition of partitions) {
    const log = deviceErrorsSince(before.log, [partition.name, disk]);
    const recorded = await recordedErrors(partition, tools.signal);
    const errors = [...(recorded === undefined ? [] : [recorded]), ...log.errors];
    const what = kindOf(partition);
    if (before.damaged.some(({ name, uuid }) => name === partition.name && uuid === partition.uuid)) {
      if (errors.length > 0) tools.report.warn(`${what} still has the errors of the source: ${errors[0]}`);
      continue;
    }
    // These filesystems record no errors, or not all, so only the kernel log shows them.
    const isUnknown = (!log.isComplete || log.isLimited) && /^(xfs|btrfs)$/.test(partition.filesystem ?? '');
    if (errors.length === 0 && !isUnknown) continue;
    await checkSuspect({ partition, errors, isLimited: log.isLimited, volume }, tools);
  }
}

/** A filesystem that may be damaged. */
interface Suspect {
  readonly partition: Partition;
  /** The errors found; empty if the kernel log cannot be read or is not complete. */
  readonly errors: readonly string[];
  /** Whether the kernel may have suppressed messages about it. */
  readonly isLimited: boolean;
  readonly volume: string;
}

async function checkSuspect({ partition, errors, isLimited, volume }: Suspect, tools: Tools): Promise<void> {
  const what = kindOf(partition);
  const output = errors.slice(0, 5);
  if (errors.some(isLostWrite))
    throw new BuildError(`${volume} not snapshotted: writes to ${what} were lost`, {
      output,
      hint: 'Run the build again. If it fails again, check the state of the volume.',
    });
  const checked = await checkFilesystem(partition, tools.signal);
  if (checked.result === 'damaged')
    throw new BuildError(`${volume} not snapshotted: ${what} is damaged`, {
      output: [...output, `${checked.command}: exit code ${checked.code}`, ...checked.output],
      hint: 'Check whether the source is damaged: attach a volume created from its snapshot and run that command.',
    });
  if (errors.length === 0) {
    if (checked.result === 'unchecked') reportUnchecked(checked.missing, { what, isLimited, volume }, tools);
    return;
  }
  if (checked.result === 'sound') {
    tools.report.warn(`${what} has errors (${errors[0]}), but ${checked.command} finds no damage`);
    return;
  }
  if (Object.keys(checked.missing).length === 0) {
    tools.report.warn(`${what} has errors (${errors[0]}), and no checker exists for it`);
    return;
  }
  throw new BuildError(`${volume} not snapshotted: ${what} has errors and cannot be checked`, {
    output,
    hint: installHint(checked.missing),
  });
}

/**
 * A log that cannot be read, or that was overwritten, does not show an error. Many errors of any disk do.
 * @throws BuildError if the kernel may have suppressed messages
 */
function reportUnchecked(
  missing: Programs,
  { what, isLimited, volume }: { readonly what: string } & Pick<Suspect, 'isLimited' | 'volume'>,
  { report }: Tools,
): void {
  if (!isLimited) {
    report.notice(`${what} not checked: neither the kernel log nor ${namesOf(missing)} is available`);
    return;
  }
  throw new BuildError(
    `${volume} not snapshotted: ${what} cannot be checked, and the kernel may have suppressed errors of it`,
    { hint: installHint(missing) },
  );
}

const installHint = (missing: Programs): string =>
  `Install ${Object.entries(missing)
    .map(([program, its]) => `${program} (package ${its})`)
    .join(', ')} on this VM.`;

const namesOf = (programs: Programs): string => Object.keys(programs).join(', ');

const kindOf = ({ filesystem = 'unknown', name }: Partition): string =>
  `the ${filesystem} filesystem of ${name}`;
