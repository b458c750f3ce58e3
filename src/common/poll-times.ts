import { pollDelay, type ResourceState } from './wait.js';

/** Milliseconds until the next read, by the milliseconds waited so far and the last state. */
type PollTimes = (elapsed: number, last: ResourceState | undefined) => number;

/** How long waits of a kind take, in milliseconds, by what earlier ones found. */
export interface Expectation {
  /** At this time, at least one had not ended; 0 if all had ended at their first reads. */
  readonly pending: number;
  /** The earliest time at which one had ended. */
  readonly ended: number;
}

/** An earlier wait, in milliseconds since it began. */
export interface EarlierWait {
  /** When the read that showed its end was sent. Its answer comes later, by the latency of the API. */
  readonly ms: number;
  /** The same of the read before that one; 0 without one. */
  readonly before: number;
}

/** What earlier waits of a kind show; undefined without one. */
export function expectationOf(waits: readonly EarlierWait[]): Expectation | undefined {
  if (waits.length === 0) return undefined;
  const ended = Math.min(...waits.map(({ ms }) => ms));
  return { pending: Math.max(...waits.map(({ before }) => (before < ended ? before : 0))), ended };
}

/** Milliseconds. A wait shorter than this gets no early read. */
const short = 2_000;

/** Milliseconds between two reads, at most, before the expected end: they show progress or a stall. */
const longest = 12_000;

/** The part of a wait by which its end may be noticed late without consequences for later ones. */
const tolerated = 0.1;

/** Milliseconds by which equal waits differ. */
const jitter = 25;

/** When a wait is expected to have ended, in milliseconds since it began; Infinity without an expectation. */
export const dueTime = (expected: Expectation | undefined): number =>
  (expected && plannedReads(expected).at(-1)) ?? Infinity;

/**
 * What the history notes of a wait. If the first read after the expected end showed the end, the wait was not
 * longer than expected. The time of that read would make the next wait read later, and so on.
 */
export const noted = (wait: EarlierWait, expected: Expectation | undefined): EarlierWait =>
  expected !== undefined && wait.before < expected.ended
    ? { ...wait, ms: Math.min(wait.ms, expected.ended) }
    : wait;

/**
 * The times at which a wait reads: rarely until it is due, then closely, then with growing delays.
 * @param expected without it the delays grow from the beginning
 */
export function pollTimes(expected: Expectation | undefined): PollTimes {
  const remaining = remainingTime();
  const planned = expected === undefined ? [] : plannedReads(expected);
  return (elapsed, last) => {
    const left = remaining(elapsed, last);
    const due = left === undefined ? (planned.at(-1) ?? 0) : elapsed + left;
    if (due <= elapsed) return expected === undefined ? pollDelay(elapsed) : after(elapsed - due, due);
    const next = planned.find((at) => at > elapsed && at < due) ?? due;
    return Math.max(50, (next - elapsed) / Math.ceil((next - elapsed) / longest));
  };
}

/**
 * When to read first. If the end was noticed in time, one read is enough. If it was noticed late, the middle
 * finds out more. If no read came before the end, a wait may have become shorter: a read at 97 % finds that
 * out, and one at 60 % whether it is much shorter.
 */
function plannedReads({ pending, ended }: Expectation): number[] {
  const usual = ended + jitter;
  if (pending === 0) return [...(ended > short ? [0.6 * ended] : []), 0.97 * ended, usual];
  return [ended - pending <= tolerated * ended ? usual : (pending + ended) / 2];
}

/** The delay at some milliseconds after a wait was due. */
const after = (late: number, due: number): number =>
  Math.min(pollDelay(due + late), Math.max(100, 0.03 * due, 0.3 * late));

/**
 * Estimates the remaining milliseconds from the last two percentages: 90 % of what they suggest, because
 * progress is not even.
 */
function remainingTime(): (elapsed: number, last: ResourceState | undefined) => number | undefined {
  let first: { readonly percent: number; readonly at: number } | undefined;
  return (elapsed, last) => {
    const percent = last?.percent;
    if (percent === undefined || percent <= 0 || percent >= 100) return undefined;
    if (first === undefined || percent < first.percent) first = { percent, at: elapsed };
    const gained = percent - first.percent;
    return gained === 0 ? undefined : (0.9 * (100 - percent) * (elapsed - first.at)) / gained;
  };
}
