import { sleep as realSleep, type Sleep } from '../../common/wait.js';
import { freshPace, nextCall, type PaceState, paceAfterRefusal, parsePace, textOf } from './pace-state.js';

/** Limits how many calls are sent within any second. */
export interface Pace {
  /**
   * Waits until the call may be sent. Calls that change something go before reads.
   * @returns the turn, for `refused`
   * @throws the reason of the signal if it is aborted
   */
  turn(operation: string, signal?: AbortSignal): Promise<number>;
  /** Lowers the pace after a throttled call, once for all calls that were sent before that. */
  refused(turn: number): void;
}

/**
 * A list of numbered records, of which the last one counts. Several processes append to it without a lock, so
 * a killed process blocks none.
 */
export interface PaceLog {
  last(): { readonly number: number; readonly text: string } | undefined;
  /** Appends a record unless another process has appended one with this number. @returns whether it did */
  append(number: number, text: string): boolean;
}

export interface PaceOptions {
  readonly log: PaceLog;
  /** Calls a second, if they are fixed (`api_rate`). */
  readonly rate?: number | undefined;
  /** Monotonic milliseconds, the same in all processes of this machine. */
  readonly clock?: () => number;
  readonly sleep?: Sleep;
}

/** Milliseconds by which a read that waited leaves its turn to calls that change something. */
const yielded = { first: 40, last: 10 };

/** Milliseconds after which a waiting read yields least. */
const longWait = 10_000;

/** CLOCK_MONOTONIC, which all processes of a machine share (clock_gettime(2)), in milliseconds. */
const monotonic = (): number => Math.floor(Number(process.hrtime.bigint() / 1_000_000n));

/** Creates the pace of all processes that share a log. */
export function createPace({ log, rate, clock = monotonic, sleep = realSleep }: PaceOptions): Pace {
  const read = (): { number: number; state: PaceState; now: number } => {
    const last = log.last();
    // After the record was read: a time in the future is one of an earlier boot.
    const now = clock();
    const state = parsePace(last?.text, now) ?? freshPace(now);
    return { number: (last?.number ?? 0) + 1, state, now };
  };
  return {
    async turn(operation, signal) {
      const isRead = operation.startsWith('Read');
      const asked = clock();
      while (true) {
        signal?.throwIfAborted();
        const { number, state, now } = read();
        const { due, after } = nextCall(state, now, rate);
        const isLate = due > asked;
        const start = due + (isRead && isLate ? yieldOf(now - asked) : 0);
        if (now < start) await sleep(start - now, signal);
        else if (log.append(number, textOf(after))) return now;
      }
    },
    refused(turn) {
      if (rate !== undefined) return;
      while (true) {
        const { number, state, now } = read();
        const lowered = paceAfterRefusal(state, turn, now);
        if (lowered === undefined || log.append(number, textOf(lowered))) return;
      }
    },
  };
}

/** Reads that have waited longer go first. */
const yieldOf = (waited: number): number =>
  yielded.first - (yielded.first - yielded.last) * Math.min(1, waited / longWait);

/** A log of this process alone. */
export function paceLogInMemory(): PaceLog {
  let record: { number: number; text: string } | undefined;
  return {
    last: () => record,
    append: (number, text) => {
      record = { number, text };
      return true;
    },
  };
}
