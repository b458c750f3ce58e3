import { duration } from './duration.js';
import type { Timing } from './facts.js';
import type { Renderer } from './renderer.js';

/** The parts of the work as they come and go, one inside another. */
export class Phases {
  readonly timings: Timing[] = [];
  /** The innermost phase in which the first error was thrown. */
  failed: string | undefined;
  #depth = 0;

  constructor(
    private readonly renderer: Renderer,
    private readonly clock: () => number,
  ) {}

  /** Does work under a title; a phase inside another is a line of the outer one, for groups cannot be nested. */
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
   * Undoes something. Once a phase has failed, or in the middle of one, it is an error that makes it necessary:
   * then the title is in parentheses, so that the failed step stays the last loud line.
   */
  async undoing<T>(title: string, work: () => Promise<T>): Promise<T> {
    const travelling = this.failed !== undefined || this.#depth > 0;
    this.renderer.line(travelling ? `(${title})` : title);
    return await work();
  }
}
