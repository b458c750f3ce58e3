import { pollDelay, type ResourceState } from './wait.js';

/** Milliseconds until the next read, by the milliseconds waited so far and the last state. */
type PollTimes = (elapsed: number, last: ResourceState | undefined) => number;

/** Milliseconds. A wait shorter than this gets no early read. */
const short = 2_000;

/** Milliseconds between two reads, at most, before the expected end: progress is shown, and a stall found. */
const longest = 10_000;

/**
 * The times at which a wait reads: rarely until shortly before it is due, then closely, then with growing
 * delays. An early read at 60 % finds out that a wait has become much shorter.
 * @param expected milliseconds; without it the delays grow from the beginning
 */
export function pollTimes(expected: number | undefined): PollTimes {
  const remaining = remainingTime();
  return (elapsed, last) => {
    const left = remaining(elapsed, last);
    const due = left === undefined ? 0.97 * (expected ?? 0) : elapsed + left;
    if (due <= elapsed) return expected === undefined ? pollDelay(elapsed) : after(elapsed - due, expected);
    const early = expected !== undefined && expected > short ? 0.6 * expected : 0;
    return Math.max(50, Math.min(longest, (elapsed < early ? early : due) - elapsed));
  };
}

/** The delay at some milliseconds after a wait was due. */
const after = (late: number, expected: number): number =>
  Math.min(pollDelay(expected + late), Math.max(100, 0.03 * expected, 0.3 * late));

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
