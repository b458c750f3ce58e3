import { dueTime, noted, pollTimes } from '../common/poll-times.js';
import { type Wait, waitFor } from '../common/wait.js';
import type { ReadBoard } from '../fleet/read-board.js';
import { sharedChecks } from '../fleet/shared-checks.js';
import type { WaitHistory } from '../fleet/wait-history.js';
import { type WaitReads, waitReads } from '../fleet/wait-reads.js';
import type { User } from '../host/exec/user.js';
import { AcceptedDeletions } from '../ledger/accepted-deletions.js';
import type { Elsewhere } from '../ledger/elsewhere.js';
import type { Ledger } from '../ledger/ledger.js';
import type { ObjectStore } from '../object-store/store.js';
import type { Cloud } from '../outscale/client/client.js';
import { isTransient } from '../outscale/errors.js';
import { regionalReport } from '../report/regional.js';
import type { Report } from '../report/report.js';
import { noRemote, type Remote } from './remote.js';
import type { Timeouts } from './timeouts.js';

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
  /** The mount points of the other running builds of this VM that are at, above or below a path. */
  pathsInUse(path: string): Promise<readonly string[]>;
  /** The names of the OMIs that running builds of this VM will register in an account, with their IDs. */
  namesInUse(account: string): Promise<ReadonlyMap<string, string>>;
  /** The device names that the other builds of this VM have requested. */
  devicesInUse(): readonly string[];
}

/** A wait for a cloud resource. `Tools.wait` adds signal, time limits and progress lines. */
type CloudWait<T> = Pick<Wait<T>, 'what' | 'done' | 'failed' | 'describe' | 'begun'> & {
  /** Its reads may be shared with other builds; `Tools.cloud` reads for this build alone. */
  readonly read: (reads: WaitReads) => Promise<T | undefined>;
  /** What it reads: the reads of other builds include that from the beginning of the wait. */
  readonly resource?: Parameters<WaitReads['announce']>;
  readonly limit: Exclude<keyof Timeouts, 'stall' | 'queue'>;
  /**
   * Waits of the same kind take about the same time. Only for waits whose reads do nothing but read, because
   * the first one may be late.
   */
  readonly kind?: string | undefined;
};

/** Time limit of one undo, in milliseconds. */
const undoLimit = 15 * 60_000;

/** Everything a step uses, created once. */
export interface Tools {
  readonly build: Build;
  readonly cloud: Cloud;
  /** The same API, for checks at the start of a build: other builds may have asked the same just now. */
  readonly checkCloud: Cloud;
  readonly ledger: Ledger;
  /** The object storage at an endpoint, with the keys of the build. */
  objectStore(endpoint: string): Promise<ObjectStore>;
  /** The region of these tools; undefined for that of the VM. */
  readonly elsewhere?: Elsewhere | undefined;
  /**
   * The same tools for another region.
   * @param stop ends their waits. Calls are completed, so that their outcomes are known
   * @throws BuildError if there are no keys of that account
   */
  inRegion(elsewhere: Elsewhere, stop?: AbortSignal): Promise<Tools>;
  /** A region of `omi_regions`, with the account of the keys for it. @throws as Remote.region */
  findRegion(name: string): Promise<Elsewhere>;
  /** Records accepted deletions, for a later look at their results. */
  readonly deletions: Pick<AcceptedDeletions, 'add' | 'take'>;
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

type Parts = Pick<Tools, 'build' | 'cloud' | 'ledger' | 'report' | 'signal'> &
  Partial<Pick<Tools, 'onFailure' | 'shortTimeouts'>> & {
    /** The clients of other services; none by default. */
    readonly remote?: Remote | undefined;
    /** The region, if it is not that of the VM. */
    readonly elsewhere?: Elsewhere;
    /** Ends waits, but no calls. */
    readonly stop?: AbortSignal | undefined;
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
  const { report, signal, remote = noRemote, onFailure = () => {} } = parts;
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
    deletions:
      // The later look is at the region of the VM.
      parts.elsewhere === undefined
        ? new AcceptedDeletions(parts.build.stateDir, parts.build.user)
        : { add: () => {}, take: () => [] },
    onFailure,
    report: { ...report, phase },
    cloud,
    checkCloud: sharedChecks(cloud, parts.board, signal),
    findRegion: async (name) => await remote.region(name),
    inRegion: async (elsewhere, stop) =>
      createTools(
        {
          ...parts,
          cloud: await remote.cloud(elsewhere),
          elsewhere,
          report: regionalReport(report, elsewhere.region),
          stop,
          board: undefined,
        },
        limits,
        undo,
      ),
    objectStore: async (endpoint) => await remote.objectStore(endpoint),
    wait: async ({ limit, kind, read, resource, ...wait }) => {
      const begun = wait.begun === undefined ? 0 : clock() - wait.begun;
      const expected = kind === undefined ? undefined : parts.history?.expected(kind);
      const reads = waitReads(cloud, parts.board, signal, dueTime(expected) - begun);
      if (resource !== undefined) reads.announce(...resource);
      const thing = await waitFor({
        ...wait,
        ...parts.time,
        read: async () => await read(reads),
        interval: pollTimes(expected),
        timeout: limits[limit],
        queueTimeout: limits.queue,
        stall: limits.stall,
        transient: isTransient,
        signal: parts.stop === undefined ? signal : AbortSignal.any([signal, parts.stop]),
        onProgress: ({ what, state, percent, elapsed, queued }) =>
          report.progress(what, state, percent, elapsed / 1000, queued),
      }).finally(() => reads.end());
      const { ms, before } = reads.times();
      const times = { ms: begun + ms, before: before && begun + before };
      if (kind !== undefined) parts.history?.record(kind, noted(times, expected));
      return thing;
    },
    forCleanup: (stop) => {
      const signals = [AbortSignal.timeout(undo.each ?? undoLimit), undo.all, stop];
      const any = AbortSignal.any(signals.filter((one) => one !== undefined));
      return createTools({ ...parts, signal: any, stop: undefined, onFailure: () => {} }, limits, undo);
    },
  };
}

/** The lock under which builds of this VM choose names, for `withLock`. */
export const nameLock = ({ build, report, signal }: Tools) => ({
  folder: build.deviceLock,
  signal,
  warn: (line: string) => report.warn(line),
});
