/** The pace of the calls to an API at one moment. Times are monotonic milliseconds. */
export interface PaceState {
  /** Calls within any second. */
  readonly rate: number;
  /** When the rate last changed. */
  readonly since: number;
  /** When the rate was last halved. */
  readonly halved: number;
  /** When the last calls were sent, in order. */
  readonly calls: readonly number[];
}

/** Calls a second: at first, and the limits of what refusals and their absence lead to. */
const first = 10;
const slowest = 1;
const fastest = 100;

/**
 * Milliseconds in which `rate` calls are sent: a second, and a margin, because calls reach the API with
 * different delays.
 */
const period = 1_050;

/** Milliseconds for which a call is recorded. They show for how long a turn has been due. */
const remembered = period + 200;

/** Milliseconds without a refusal after which the rate rises by 1. */
const quietPeriod = 5_000;

/** Milliseconds after which an unused pace starts over. */
const forgotten = 10 * 60_000;

export const freshPace = (now: number): PaceState => ({ rate: first, since: now, halved: 0, calls: [] });

/**
 * When the next call may be sent (0: long ago), and the state if it is sent now.
 * @param fixed calls a second, instead of the adaptive rate
 */
export function nextCall(
  state: PaceState,
  now: number,
  fixed: number | undefined,
): { readonly due: number; readonly after: PaceState } {
  const rises = now - state.since >= quietPeriod && state.rate < fastest;
  const { rate, since } = rises ? { rate: state.rate + 1, since: now } : state;
  const before = state.calls.at(-(fixed ?? rate));
  const recent = state.calls.filter((at) => now - at < remembered);
  return {
    due: before === undefined ? 0 : before + period,
    after: { ...state, rate, since, calls: [...recent, now].slice(-fastest) },
  };
}

/**
 * The state after a refusal.
 * @param sent when the refused call was sent
 * @returns undefined if the rate has been halved since then: one burst of refusals halves it once
 */
export function paceAfterRefusal(state: PaceState, sent: number, now: number): PaceState | undefined {
  if (sent <= state.halved) return undefined;
  return { ...state, rate: Math.max(slowest, Math.floor(state.rate / 2)), since: now, halved: now };
}

export const textOf = ({ rate, since, halved, calls }: PaceState): string =>
  [rate, since, halved, ...calls].join(' ');

/**
 * Parses `textOf`. @returns undefined for another text, for one of an earlier boot, and for one that is too
 * old to count
 */
export function parsePace(text: string | undefined, now: number): PaceState | undefined {
  if (text === undefined || !/^\d+( \d+){2,}$/.test(text)) return undefined;
  const [rate = 0, since = 0, halved = 0, ...calls] = text.split(' ').map(Number);
  const latest = Math.max(since, halved, ...calls);
  const isOfThisBoot = latest <= now;
  return isOfThisBoot && now - latest < forgotten && rate >= slowest && rate <= fastest
    ? { rate, since, halved, calls }
    : undefined;
}
