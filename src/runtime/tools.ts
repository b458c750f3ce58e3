import { BuildError } from '../common/errors.js';
import { type Wait, waitFor } from '../common/wait.js';
import type { BuildConfig } from '../config/options/table.js';
import type { User } from '../host/exec/user.js';
import { identify } from '../host/proc/identity.js';
import type { VmFacts } from '../host/vm.js';
import { Ledger } from '../ledger/ledger.js';
import type { LedgerStore } from '../ledger/store.js';
import type { Cloud } from '../outscale/client/client.js';
import { isTransient } from '../outscale/errors.js';
import type { Report } from '../report/report.js';

/** What identifies a build, for all of its life. */
export interface Build {
  /** Twelve hexadecimal digits, in names, tags and ClientTokens. */
  readonly id: string;
  readonly startedAt: Date;
  /** On whose behalf it works. */
  readonly user: User;
  /** The folder that relative paths of options start from. */
  readonly workspace: string;
  /** What commands that work on the VM are given of its environment. */
  readonly passthroughEnv: Readonly<Record<string, string>>;
  /** Where the ledgers of this VM lie. */
  readonly stateDir: string;
  /** The file that the builds of this VM lock while they choose a device name. */
  readonly deviceLock: string;
  /** The mount points of the other builds of this VM that live. */
  pathsInUse(): readonly string[];
}

/** A wait for something in the cloud; signal, limits and progress lines are added here. */
type CloudWait<T> = Pick<Wait<T>, 'what' | 'read' | 'done' | 'dead' | 'describe'> & {
  readonly limit: Exclude<keyof Timeouts, 'stall'>;
};

/** How long the cloud may take, in milliseconds, by what is waited for. */
export interface Timeouts {
  readonly volume: number;
  readonly snapshot: number;
  readonly image: number;
  /** Without any progress. */
  readonly stall: number;
}

/** The limits that a configuration sets. */
export const timeoutsOf = (running: BuildConfig['running']): Timeouts => ({
  volume: running.volume_timeout,
  snapshot: running.snapshot_timeout,
  image: running.image_timeout,
  stall: running.stall_timeout,
});

/** How long one undo may take. */
const undoLimit = 15 * 60_000;

/** What a step may use, put together once. */
export interface Tools {
  readonly build: Build;
  readonly cloud: Cloud;
  readonly ledger: Ledger;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** What is not free soon is left for another time: somebody else's work waits for it. */
  readonly shortTimeouts?: boolean | undefined;
  /** Called when work has failed, before anything is put away because of that; a failed phase calls it by itself. */
  onFailure(): void;
  /** Waits for something in the cloud; see wait.ts for how a wait ends. */
  wait<T>(wait: CloudWait<T>): Promise<T>;
  /**
   * The same tools for undoing: deaf to the cancel that may be why, with a time limit of their own.
   * @param stop ends the undoing as well
   */
  forCleanup(stop?: AbortSignal): Tools;
}

/** The ledger of a build that this process owns. */
export function openLedger(build: Build, cloud: Cloud, vm: VmFacts, files: LedgerStore): Ledger {
  const owner = identify(process.pid);
  if (owner === undefined) throw new BuildError('/proc tells nothing of this process: is it mounted?');
  return new Ledger(
    {
      ledger: 1,
      build: build.id,
      endpoint: cloud.endpoint,
      region: vm.region,
      vm: vm.vmId,
      user: build.user.uid,
      owner,
    },
    files.appender(build.id),
  );
}

type Parts = Pick<Tools, 'build' | 'cloud' | 'ledger' | 'report' | 'signal'> &
  Partial<Pick<Tools, 'onFailure' | 'shortTimeouts'>>;

/** How long undoing may take. */
export interface UndoLimits {
  /** Milliseconds for one thing; 15 minutes unless given. */
  readonly each?: number;
  /** Aborted when the time for everything is up. */
  readonly all?: AbortSignal;
}

/** Puts the tools of a build together. */
export function createTools(parts: Parts, limits: Timeouts, undo: UndoLimits = {}): Tools {
  const { report, signal, onFailure = () => {} } = parts;
  const phase: Report['phase'] = async (title, work) => {
    try {
      return await report.phase(title, work);
    } catch (error) {
      onFailure();
      throw error;
    }
  };
  return {
    ...parts,
    onFailure,
    report: { ...report, phase },
    cloud: parts.cloud.with(signal),
    wait: async ({ limit, ...wait }) =>
      await waitFor({
        ...wait,
        timeout: limits[limit],
        stall: limits.stall,
        transient: isTransient,
        signal,
        onProgress: ({ what, state, percent, elapsed }) =>
          report.progress(what, state, percent, elapsed / 1000),
      }),
    forCleanup: (stop) => {
      const ends = [AbortSignal.timeout(undo.each ?? undoLimit), undo.all, stop];
      const end = AbortSignal.any(ends.filter((one) => one !== undefined));
      return createTools({ ...parts, signal: end, onFailure: () => {} }, limits, undo);
    },
  };
}
