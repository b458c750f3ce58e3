/** One poll of a wait. */
export interface Poll {
  /** The resource: `snapshot snap-1`. */
  readonly what: string;
  readonly state: string;
  readonly percent: number | undefined;
  /** Seconds since the start of the wait. */
  readonly seconds: number;
  /** Whether the resource is in a queue. */
  readonly isQueued: boolean;
}

/** What a poll found: `33 %`, or the state of a resource that has no progress yet. */
export const stateText = ({ state, percent, isQueued }: Poll): string =>
  percent === undefined || isQueued ? state : `${percent} %`;

/** The line for a poll: `Snapshot snap-1: 33 %, 21 s`. */
export const pollText = (poll: Poll): string => {
  const { what, seconds } = poll;
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${stateText(poll)}, ${Math.floor(seconds)} s`;
};

/** Decides which polls of long waits become a line. */
export class Progress {
  /** For each wait the seconds at its last poll. */
  readonly #polled = new Map<string, number>();

  /** Whether a line is due: the first one after 10 s, then about every 10 s, or every minute in a queue. */
  isDue({ what, seconds, isQueued }: Poll): boolean {
    const period = isQueued ? 60 : 10;
    const before = this.#polled.get(what) ?? 0;
    this.#polled.set(what, seconds);
    if (seconds < 10) return false;
    return before < 10 || Math.floor(seconds / period) !== Math.floor(before / period);
  }
}
