import { duration } from './format.js';
import type { Renderer } from './renderer.js';

/** One phase and its duration in milliseconds. */
export interface Timing {
  readonly phase: string;
  readonly ms: number;
}

/** Shows and times the phases of a build. Phases can be nested. */
export class Phases {
  readonly timings: Timing[] = [];
  /** The innermost phase in which the first error was thrown. */
  failed: string | undefined;
  #depth = 0;

  constructor(
    private readonly renderer: Renderer,
    private readonly clock: () => number,
  ) {}

  /**
   * Runs work under a title. An inner phase is a line of the outer one, because groups of the runner cannot
   * be nested.
   */
  async run<T>(title: string, work: () => Promise<T>): Promise<T> {
    const start = this.clock();
    const outermost = this.#depth === 0;
    this.#depth += 1;
    if (outermost) this.renderer.open(title);
    else this.renderer.line(title);
    let failed = true;
    try {
      const result = await work();
      failed = false;
      return result;
    } finally {
      this.#depth -= 1;
      const ms = Math.round(this.clock() - start);
      this.timings.push({ phase: title, ms });
      if (failed) this.failed ??= title;
      if (outermost) this.renderer.close(title, duration(ms), failed);
      else this.renderer.line(`${title}${failed ? ' failed after' : ''} ${duration(ms)}`);
    }
  }

  /**
   * Runs an undo. After a failed phase, or inside a phase, an error is the reason for it: the title is then
   * in parentheses, so that the failed step stays the last prominent line.
   */
  async undoing<T>(title: string, work: () => Promise<T>): Promise<T> {
    const causedByError = this.failed !== undefined || this.#depth > 0;
    this.renderer.line(causedByError ? `(${title})` : title);
    return await work();
  }
}

/**
 * Formats the progress of long waits: the first line after 10 s, then one about every 10 s, or every minute
 * while the resource is in a queue.
 */
export class Progress {
  /** For each wait the seconds at its last poll. */
  readonly #polled = new Map<string, number>();

  /** Returns the line to show for a poll after `seconds` of waiting, or undefined if none is due. */
  line(
    what: string,
    state: string,
    percent: number | undefined,
    seconds: number,
    isQueued = false,
  ): string | undefined {
    const period = isQueued ? 60 : 10;
    const before = this.#polled.get(what) ?? 0;
    this.#polled.set(what, seconds);
    if (seconds < 10) return undefined;
    if (before >= 10 && Math.floor(seconds / period) === Math.floor(before / period)) return undefined;
    return [
      `${what}: ${state}`,
      ...(percent === undefined ? [] : [`${percent} %`]),
      `${Math.floor(seconds)} s`,
    ].join(', ');
  }
}
