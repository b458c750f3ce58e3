import { BuildError } from '../common/errors.js';
import { checkFilesystem } from '../host/disk/check-filesystem.js';
import { deviceErrorsSince, endOfLog, isLostWrite, type LogMark } from '../host/disk/kernel-log.js';
import { type Partition, partitionsOf } from '../host/disk/partitions.js';
import { recordedErrors } from '../host/disk/recorded-errors.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from './attach.js';

/** The state of the filesystems of a disk before anything was written to them. */
export interface SourceState {
  /** Where the kernel's log ended. */
  readonly log?: LogMark | undefined;
  /** The filesystems that had errors recorded. */
  readonly damaged: readonly Pick<Partition, 'name' | 'uuid'>[];
}

/** Reads that state, before the first mount. Errors in the source are a warning: the build did not make them. */
export async function readSourceState(disk: AttachedDisk, tools: Tools): Promise<SourceState> {
  const log = endOfLog();
  const damaged: Pick<Partition, 'name' | 'uuid'>[] = [];
  for (const partition of await partitionsOf(disk.disk, tools.signal)) {
    const errors = await recordedErrors(partition, tools.signal);
    if (errors === undefined) continue;
    damaged.push({ name: partition.name, uuid: partition.uuid });
    tools.report.warn(`The source has errors in ${kindOf(partition)}: ${errors}. The build goes on.`);
  }
  return { log, damaged };
}

/**
 * Requires that no filesystem of a disk was found damaged during the build. Its own record and the kernel's log say
 * where to look; a read-only checker decides. All partitions count, for a script may mount any of them. Nothing of the
 * disk may be mounted.
 * @param before the state of the source; a filesystem that had errors then is a warning
 * @throws BuildError when one is damaged, or there are errors and no checker for it is installed.
 */
export async function requireSound(
  { disk, volume }: AttachedDisk,
  before: SourceState,
  tools: Tools,
): Promise<void> {
  for (const partition of await partitionsOf(disk, tools.signal)) {
    const { isComplete, errors: logged } = deviceErrorsSince(before.log, [partition.name, disk]);
    const recorded = await recordedErrors(partition, tools.signal);
    const errors = [...(recorded === undefined ? [] : [recorded]), ...logged];
    const what = kindOf(partition);
    if (before.damaged.some(({ name, uuid }) => name === partition.name && uuid === partition.uuid)) {
      if (errors.length > 0) tools.report.warn(`${what} still has the errors of the source: ${errors[0]}`);
      continue;
    }
    // Of the kinds that keep no record, or not of everything, the kernel's log is the only witness.
    const isUnknown = !isComplete && /^(xfs|btrfs)$/.test(partition.filesystem ?? '');
    if (errors.length === 0 && !isUnknown) continue;
    await judge({ partition, errors, volume }, tools);
  }
}

/** A filesystem that may be damaged. */
interface Suspect {
  readonly partition: Partition;
  /** Why; empty where the kernel's log cannot be read. */
  readonly errors: readonly string[];
  readonly volume: string;
}

async function judge({ partition, errors, volume }: Suspect, tools: Tools): Promise<void> {
  const what = kindOf(partition);
  const output = errors.slice(0, 5);
  if (errors.some(isLostWrite))
    throw new BuildError(`${volume} not snapshotted: writes to ${what} were lost`, {
      output,
      hint: 'Run the build again. If it happens again, look at the state of the volume.',
    });
  const checked = await checkFilesystem(partition, tools.signal);
  if (checked.verdict === 'damaged')
    throw new BuildError(`${volume} not snapshotted: ${what} is damaged`, {
      output: [...output, `${checked.command}: exit code ${checked.code}`, ...checked.output],
      hint: 'Check whether the source is damaged already: attach a volume of its snapshot and run that command.',
    });
  if (errors.length === 0) {
    if (checked.verdict === 'unchecked')
      tools.report.notice(
        `${what} was not checked: neither the kernel log nor ${namesOf(checked.missing)} is there`,
      );
    return;
  }
  if (checked.verdict === 'sound') {
    tools.report.warn(`${what} has errors (${errors[0]}), but ${checked.command} finds no damage`);
    return;
  }
  const missing = Object.entries(checked.missing);
  if (missing.length === 0) {
    tools.report.warn(`${what} has errors (${errors[0]}), and there is no checker for it`);
    return;
  }
  throw new BuildError(`${volume} not snapshotted: ${what} has errors and cannot be checked`, {
    output,
    hint: `Install ${missing.map(([program, its]) => `${program} (package ${its})`).join(', ')} on this VM.`,
  });
}

const namesOf = (programs: Readonly<Record<string, string>>): string => Object.keys(programs).join(', ');

const kindOf = ({ filesystem = 'unknown', name }: Partition): string =>
  `the ${filesystem} filesystem of ${name}`;
