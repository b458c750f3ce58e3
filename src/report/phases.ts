import { BuildError, unwrap } from '../common/errors.js';
import { type Released, type Remains, releasedText, remainsText } from './released.js';
import type { Renderer } from './renderer.js';
import { cleanUpStage, detachingStages, positionOf, type Stage } from './stages.js';

/** One phase and its duration in milliseconds. */
export interface Timing {
  readonly phase: string;
  readonly ms: number;
}

/** One stage: when it began, in milliseconds since the start of the report, and how it ended. */
export interface StageTiming extends Stage {
  readonly start: number;
  readonly ms: number;
  readonly failed: boolean;
}

/**
 * Shows and times the phases of a build, as stages. Each stage begins when the previous one ends, so that
 * their times add up to the total.
 */
export class Phases {
  /** All phases; the inner ones come before their outer one. */
  readonly timings: Timing[] = [];
  readonly stages: StageTiming[] = [];
  /** The innermost phase in which the first error was thrown. */
  failed: string | undefined;
  /** Whether a script or a command of the user failed. */
  hasFailedScript = false;
  readonly released: Released[] = [];
  /** Shows all lines at once. */
  isVerbose = false;
  #depth = 0;
  #stage: Stage | undefined;
  readonly #begin: number;
  #since: number;
  #releasedBefore = 0;
  #results: string[] = [];
  #details: string[] = [];

  constructor(
    private readonly renderer: Renderer,
    private readonly clock: () => number,
  ) {
    this.#begin = clock();
    this.#since = this.#begin;
  }

  /** Runs work under a title. An inner phase belongs to the stage of the outer one. */
  async run<T>(title: string, work: () => Promise<T>): Promise<T> {
    const start = this.clock();
    const isOutermost = this.#depth === 0;
    const { stage, continues } = positionOf(title);
    if (isOutermost) this.#enter(stage);
    this.renderer.debug(`${title}: started`);
    this.#depth += 1;
    try {
      const result = await work();
      this.#end(title, start);
      if (isOutermost && !continues) this.close();
      return result;
    } catch (error) {
      this.#end(title, start);
      this.failed ??= title;
      this.hasFailedScript ||= this.#stage?.isScript === true;
      if (isOutermost) this.close(briefOf(error));
      throw error;
    }
  }

  /** Runs an undo under a title. @param released what it does to a resource of the cloud */
  async undoing<T>(title: string, work: () => Promise<T>, released?: Released): Promise<T> {
    const isOutermost = this.#depth === 0;
    const isDetaching = this.failed === undefined && this.#isDetaching && released?.how !== 'deleted';
    if (isOutermost && !isDetaching && (this.failed !== undefined || released !== undefined))
      this.#enter(cleanUpStage);
    const start = this.clock();
    this.renderer.debug(`${title}: started`);
    // The result of a stage that is shown at its end, or that ends with it, says the same.
    if ((this.#stage?.isLive && !isDetaching) || this.isVerbose) this.line(title);
    const result = await work();
    if (isOutermost) this.#time(title, start);
    if (released === undefined) return result;
    this.released.push(released);
    if (isDetaching) this.result(`${released.kind} ${released.how}`);
    return result;
  }

  /** Milliseconds since the start of the report. */
  get elapsed(): number {
    return this.clock() - this.#begin;
  }

  /** Adds to the result of the current stage. */
  result(text: string): void {
    this.#results.push(text);
  }

  /** Shows a line: outside of phases and in a live stage at once, else when the stage has ended. */
  line(text: string): void {
    if (this.#depth === 0 && this.#stage?.key !== cleanUpStage.key && !this.#isDetaching) this.close();
    if (this.#stage === undefined || this.#stage.isLive || this.isVerbose) this.renderer.line(text);
    else this.#details.push(text);
  }

  /** Ends the current stage, and shows it. @param problem why it failed */
  close(problem?: string): void {
    const stage = this.#stage;
    if (stage === undefined) return;
    const now = this.clock();
    const ms = Math.round(now - this.#since);
    const failed = problem !== undefined;
    const result = problem ?? (this.#resultOf(stage) || undefined);
    this.renderer.close({ ...stage, result, ms, failed, details: this.#details });
    this.stages.push({ ...stage, start: Math.round(this.#since - this.#begin), ms, failed });
    [this.#since, this.#stage, this.#results, this.#details] = [now, undefined, [], []];
  }

  /** Ends the cleanup of a build that failed. Shows nothing if the build had created nothing. */
  end(remains: Remains): void {
    if (this.#stage?.key !== cleanUpStage.key) this.close(this.failed === undefined ? 'failed' : undefined);
    const isKept = remains.keptUntil !== undefined;
    if (this.#stage === undefined && this.released.length === 0) {
      // The notice about what is kept has said it, and until when.
      if (remains.left.length > 0 && !isKept) this.renderer.line(remainsText(remains));
      return;
    }
    this.#enter(cleanUpStage);
    if (!isKept || this.released.length > 0) this.result(remainsText(remains));
    const isIncomplete = remains.left.length > 0 && !isKept;
    this.close(isIncomplete ? `incomplete. ${this.#resultOf(cleanUpStage)}` : undefined);
  }

  get #isDetaching(): boolean {
    return detachingStages.some(({ key }) => key === this.#stage?.key);
  }

  #enter(stage: Stage): void {
    if (this.#stage?.key === stage.key) return;
    this.close();
    this.#stage = stage;
    this.#releasedBefore = this.released.length;
    this.renderer.open(stage);
  }

  #resultOf({ key }: Stage): string {
    if (key !== cleanUpStage.key) return this.#results.join(', ');
    // After success the detached volume is a result of another stage.
    const released = this.failed === undefined ? this.released.slice(this.#releasedBefore) : this.released;
    return [releasedText(released), ...this.#results].filter(Boolean).join('. ');
  }

  #end(title: string, start: number): void {
    this.#depth -= 1;
    this.#time(title, start);
  }

  #time(phase: string, start: number): void {
    this.timings.push({ phase, ms: Math.round(this.clock() - start) });
  }
}

/** How a failed phase ended, in a few words. */
function briefOf(error: unknown): string {
  const { cause } = unwrap(error);
  return (cause instanceof BuildError ? cause.brief : undefined) ?? 'failed';
}
