import { describe } from '../../common/errors.js';

/** Work that has to be done for a resource: a file to make, a device to attach, a file to remove. */
export interface Job {
  /** The resource; only one job a resource is under way at a time. */
  readonly id: string;
  /** Not before this time. */
  readonly at: number;
  /** @returns whether it is done; if not it is asked again after a pause */
  run(signal: AbortSignal): Promise<boolean>;
  failed(why: string): void;
}

/** Milliseconds between two looks, until the next attempt at what is not done, and after a failure. */
const beat = 10;
const pause = { undone: 40, failed: 1000 };

/**
 * Does what is due, looking at the world anew on every beat: the list of jobs is worked out from what is
 * stored, so that a restart simply goes on. One timer, which rests while there is nothing to do.
 */
export class JobQueue {
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #notBefore = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly jobs: () => Job[],
    private readonly changed: () => Promise<void>,
  ) {}

  /** Looks now; called after every change. */
  wake(): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    const jobs = this.jobs();
    const now = Date.now();
    for (const job of jobs) if (this.#isDue(job, now)) this.#begin(job);
    if (jobs.length === 0) this.#notBefore.clear();
    else this.#timer = setTimeout(() => this.wake(), beat);
  }

  /** Ends the work under way; what it leaves unfinished is begun again after a restart. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await Promise.all(this.#running.values());
  }

  #isDue({ id, at }: Job, now: number): boolean {
    return now >= Math.max(at, this.#notBefore.get(id) ?? 0) && !this.#running.has(id);
  }

  #begin(job: Job): void {
    const done = this.#carryOut(job)
      .catch((error: unknown) => console.error(`emulator: ${describe(error)}`))
      .finally(() => this.#running.delete(job.id));
    this.#running.set(job.id, done);
  }

  async #carryOut(job: Job): Promise<void> {
    const { signal } = this.#stop;
    try {
      const isDone = await job.run(signal);
      if (isDone) this.#notBefore.delete(job.id);
      else this.#notBefore.set(job.id, Date.now() + pause.undone);
    } catch (error) {
      if (signal.aborted) return;
      this.#notBefore.set(job.id, Date.now() + pause.failed);
      job.failed(describe(error));
    }
    await this.changed();
  }
}
