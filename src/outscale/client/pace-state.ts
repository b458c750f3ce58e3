/** The pace of the calls to an API at one moment. Times are monotonic milliseconds. */
export interface PaceState {
  /** Calls within any second. */
  readonly rate: number;
  /** When the rate last changed. */
  readonly since: number;
  /** When the rate was last lowered; 0 if it never was. */
  readonly lowered: number;
  /** The rate at which a call was refused last; 0 if none was. */
  readonly refused: number;
  /** The rate before the last rise if it was used, and led to no refusal; else 0. */
  readonly proven: number;
  /** When the last calls were sent, in order. */
  readonly calls: readonly number[];
}

/**
 * Calls a second: at first, and the limits of what refusals and their absence lead to. Many VMs share the
 * limit of an account, so the share of one may be less than a call a second.
 */
const first = 20;
const slowest = 1 / 16;
const fastest = 100;

/**
 * Milliseconds in which `rate` calls are sent: a second, and a margin, because calls reach the API with
 * different delays.
 */
const period = 1_050;

/** Milliseconds for which a call is recorded. They show for how long a turn has been due. */
const remembered = period + 200;

/**
 * What a refusal leaves of the rate, at least the proven one: at first it may be far above the limit, later
 * it is slightly above.
 */
const kept = { first: 0.5, later: 0.75 };

/**
 * The rate rises after this long without a refusal: milliseconds, longer if it reaches the refused rate, and
 * calls. It rises by 1, or by a quarter if it is slow: the VMs of an account together must not exceed its
 * limit at once.
 */
const quiet = { ms: 2_000, atRefused: 20_000, calls: 2 };

const quietPeriod = ({ rate, refused }: PaceState): number =>
  Math.max(refused > 0 && raised(rate) >= refused ? quiet.atRefused : quiet.ms, (1000 * quiet.calls) / rate);

const raised = (rate: number): number => (rate < 4 ? Math.min(4, rate * 1.25) : whole(rate) + 1);

/** Of a part of a call a second, one call more would be sent within some seconds. */
const whole = (rate: number): number => (rate < 4 ? rate : Math.floor(rate));

/** Milliseconds after which an unused pace starts over. */
const forgotten = 10 * 60_000;

export const freshPace = (now: number): PaceState => ({
  rate: first,
  since: now,
  lowered: 0,
  refused: 0,
  proven: 0,
  calls: [],
});

/**
 * When the next call may be sent (0: long ago), and the state if it is sent now.
 * @param fixed calls a second, instead of the adaptive rate
 */
export function nextCall(
  state: PaceState,
  now: number,
  fixed: number | undefined,
): { readonly due: number; readonly after: PaceState } {
  const current = { ...state, ...risen(state, now) };
  const pace = fixed ?? current.rate;
  const count = Math.ceil(pace);
  const before = state.calls.at(-count);
  const recent = state.calls.filter((at) => now - at < remembered / Math.min(1, current.rate));
  return {
    due: before === undefined ? 0 : before + (period * count) / pace,
    after: { ...current, calls: [...recent, now].slice(-fastest) },
  };
}

/** The rate after the time since its last change. */
function risen(state: PaceState, now: number): Pick<PaceState, 'rate' | 'since' | 'proven'> {
  const { rate, since, lowered, calls } = state;
  if (rate >= fastest) return state;
  const used = now - (calls.at(-Math.ceil(rate)) ?? 0);
  if (lowered === 0 && used < period && now - since >= period)
    return { rate: Math.min(fastest, 2 * rate), since: now, proven: rate };
  if (now - since < quietPeriod(state)) return state;
  const wasUsed = used < remembered / Math.min(1, rate);
  // A rate that was not used shows nothing of the limit, and the first one is a guess already.
  if (rate >= first && !wasUsed) return state;
  return { rate: raised(rate), since: now, proven: wasUsed ? rate : 0 };
}

/**
 * The state after a refusal.
 * @param sent when the refused call was sent
 * @returns undefined if the rate has been lowered since then: one burst of refusals lowers it once
 */
export function paceAfterRefusal(state: PaceState, sent: number, now: number): PaceState | undefined {
  if (sent <= state.lowered) return undefined;
  const { rate, lowered, proven } = state;
  const left = whole((lowered === 0 ? kept.first : kept.later) * rate);
  return {
    ...state,
    rate: Math.max(slowest, left, proven),
    since: now,
    lowered: now,
    refused: rate,
    proven: 0,
  };
}

export const textOf = ({ rate, since, lowered, refused, proven, calls }: PaceState): string => {
  const [now, ...rates] = [rate, refused, proven].map((one) => Number(one.toFixed(4)));
  return [now, since, lowered, ...rates, ...calls].join(' ');
};

/**
 * Parses `textOf`. @returns undefined for another text, for one of an earlier boot, and for one that is too
 * old to count
 */
export function parsePace(text: string | undefined, now: number): PaceState | undefined {
  if (text === undefined || !/^\d+(\.\d+)?( \d+){2}( \d+(\.\d+)?){2}( \d+)*$/.test(text)) return undefined;
  const [rate = 0, since = 0, lowered = 0, refused = 0, proven = 0, ...calls] = text.split(' ').map(Number);
  const latest = Math.max(since, lowered, ...calls);
  const isOfThisBoot = latest <= now;
  const areRates = rate >= slowest && [rate, refused, proven].every((one) => one <= fastest);
  return isOfThisBoot && now - latest < forgotten && areRates
    ? { rate, since, lowered, refused, proven, calls }
    : undefined;
}
