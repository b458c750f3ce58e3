import { pollTimes } from '../common/poll-times.js';
import { type Wait, waitFor } from '../common/wait.js';
import type { BuildConfig } from '../config/options/table.js';
import type { ReadBoard } from '../fleet/read-board.js';
import type { WaitHistory } from '../fleet/wait-history.js';
import { type WaitReads, waitReads } from '../fleet/wait-reads.js';
import type { User } from '../host/exec/user.js';
import { identifySelf } from '../host/proc/identity.js';
import type { VmFacts } from '../host/vm.js';
import { AcceptedDeletions } from '../ledger/accepted-deletions.js';
import { Ledger } from '../ledger/ledger.js';
import type { NewLedgerFile } from '../ledger/writer.js';
import type { Cloud } from '../outscale/client/client.js';
import { isTransient } from '../outscale/errors.js';
import type { Report } from '../report/report.js';

/** The identity of a build and its environment. */
export interface Build {
  /** Twelve hexadecimal digits, used in names, tags and ClientTokens. */
  readonly id: string;
  readonly startedAt: Date;
  /** The user who started the build. */
  readonly user: User;
  /** The base of relative paths in options. */
  readonly workspace: string;
  /** What the workspace contains: the repository of the job, else the path of the workspace. */
  readonly repository: string;
  /** The environment variables that commands on the VM inherit. */
  readonly passthroughEnv: Readonly<Record<string, string>>;
  /** Additional CAs for downloads, PEM. */
  readonly authorities?: () => string | undefined;
  /** The directory of the ledgers of this VM. */
  readonly stateDir: string;
  /** The lock file of the builds of this VM for choosing a device name. */
  readonly deviceLock: string;
  /** The mount points of the other running builds of this VM. */
  pathsInUse(): Promise<readonly string[]>;
  /**
   * The running builds of this VM that will register an OMI in an account: their IDs by the name of the OMI.
   */
  namesInUse(account: string): Promise<ReadonlyMap<string, string>>;
}

/** A wait for a cloud resource. `Tools.wait` adds signal, time limits and progress lines. */
type CloudWait<T> = Pick<Wait<T>, 'what' | 'done' | 'failed' | 'describe' | 'begun'> & {
  /** Its reads may be shared with other builds; `Tools.cloud` reads for this build alone. */
  readonly read: (reads: WaitReads) => Promise<T | undefined>;
  readonly limit: Exclude<keyof Timeouts, 'stall' | 'queue'>;
  /**
   * Waits of the same kind take about the same time. Only for waits whose reads do nothing but read, because
   * the first one may be late.
   */
  readonly kind?: string | undefined;
};

/** Time limits of waits for cloud resources, in milliseconds. */
export interface Timeouts {
  readonly volume: number;
  readonly snapshot: number;
  readonly image: number;
  /** In a queue; this time does not count for the other limits. */
  readonly queue: number;
  /** Without progress. */
  readonly stall: number;
}

/** The time limits of a configuration. */
export const timeoutsOf = (running: BuildConfig['running']): Timeouts => ({
  volume: running.volume_timeout,
  snapshot: running.snapshot_timeout,
  image: running.image_timeout,
  queue: running.queue_timeout,
  stall: running.stall_timeout,
});

/** Time limit of one undo, in milliseconds. */
const undoLimit = 15 * 60_000;

/** Everything a step uses, created once. */
export interface Tools {
  readonly build: Build;
  readonly cloud: Cloud;
  readonly ledger: Ledger;
  /** Records accepted deletions, for a later look at their results. */
  readonly deletions: AcceptedDeletions;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Do not wait long for a disk that is in use: another build waits for this cleanup. */
  readonly shortTimeouts?: boolean | undefined;
  /** Call it when work has failed, before its cleanup. A failed phase calls it itself. */
  onFailure(): void;
  /** Waits for a cloud resource; see wait.ts for how a wait ends. */
  wait<T>(wait: CloudWait<T>): Promise<T>;
  /**
   * The same tools for cleanup: they ignore the cancel signal and have their own time limit.
   * @param stop aborts the cleanup too
   */
  forCleanup(stop?: AbortSignal): Tools;
}

/** Opens the ledger of a build that this process owns. */
export function openLedger(
  build: Build,
  cloud: Cloud,
  vm: VmFacts,
  file: Pick<NewLedgerFile, 'create' | 'append'>,
): Ledger {
  return new Ledger(
    {
      ledger: 1,
      build: build.id,
      endpoint: cloud.endpoint,
      region: vm.region,
      vm: vm.vmId,
      user: build.user.uid,
      owner: identifySelf(),
    },
    file.append,
    file.create,
  );
}

type Parts = Pick<Tools, 'build' | 'cloud' | 'ledger' | 'report' | 'signal'> &
  Partial<Pick<Tools, 'onFailure' | 'shortTimeouts'>> & {
    /** The durations of earlier waits on this VM. */
    readonly history?: WaitHistory;
    /** Where the builds on this VM share their reads. */
    readonly board?: ReadBoard | undefined;
    /** How waits measure and pass time, if not by the clock of the system. */
    readonly time?: Pick<Wait<unknown>, 'clock' | 'sleep'>;
  };

/** Time limits of cleanup. */
export interface UndoLimits {
  /** Milliseconds for one undo; default 15 minutes. */
  readonly each?: number;
  /** Aborted at the time limit of the whole cleanup. */
  readonly all?: AbortSignal;
}

/** Creates the tools of a build. */
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
  const cloud = parts.cloud.with(signal);
  const clock = parts.time?.clock ?? (() => performance.now());
  return {
    ...parts,
    deletions: new AcceptedDeletions(parts.build.stateDir, parts.build.user),
    onFailure,
    report: { ...report, phase },
    cloud,
    wait: async ({ limit, kind, read, ...wait }) => {
      const start = wait.begun ?? clock();
      const reads = waitReads(cloud, parts.board, signal);
      const thing = await waitFor({
        ...wait,
        ...parts.time,
        read: async () => await read(reads),
        interval: pollTimes(kind === undefined ? undefined : parts.history?.expected(kind)),
        timeout: limits[limit],
        queueTimeout: limits.queue,
        stall: limits.stall,
        transient: isTransient,
        signal,
        onProgress: ({ what, state, percent, elapsed, queued }) =>
          report.progress(what, state, percent, elapsed / 1000, queued),
      }).finally(() => reads.end());
      if (kind !== undefined) parts.history?.record(kind, clock() - start);
      return thing;
    },
    forCleanup: (stop) => {
      const signals = [AbortSignal.timeout(undo.each ?? undoLimit), undo.all, stop];
      const any = AbortSignal.any(signals.filter((one) => one !== undefined));
      return createTools({ ...parts, signal: any, onFailure: () => {} }, limits, undo);
    },
  };
}

/** The lock under which builds of this VM choose names, for `withLock`. */
export const nameLock = ({ build, report, signal }: Tools) => ({
  folder: build.deviceLock,
  signal,
  warn: (line: string) => report.warn(line),
});
