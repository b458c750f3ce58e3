import { describe } from '../../common/errors.js';

/** A pending operation of a resource: create a file, attach a device, remove a file. */
export interface Job {
  /** The resource; only one job per resource runs at a time. */
  readonly id: string;
  /** Earliest start. */
  readonly at: number;
  /** @returns whether the job is done; if not, it runs again after a pause */
  run(signal: AbortSignal): Promise<boolean>;
  failed(why: string): void;
}

/** Milliseconds between two checks, before the next run of an unfinished job, and after a failure. */
const interval = 10;
const pause = { undone: 40, failed: 1000 };

/**
 * Runs the jobs that are due. It derives the list of jobs from the stored state at every check, so that a
 * restart continues where the emulator stopped. Its single timer is inactive while there are no jobs.
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

  /** Checks for due jobs; called after every change. */
  wake(): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    const jobs = this.jobs();
    const now = Date.now();
    for (const job of jobs) if (this.#isDue(job, now)) this.#begin(job);
    if (jobs.length === 0) this.#notBefore.clear();
    else this.#timer = setTimeout(() => this.wake(), interval);
  }

  /** Aborts the running jobs; unfinished jobs start again after a restart. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await Promise.all(this.#running.values());
  }

  #isDue({ id, at }: Job, now: number): boolean {
    return now >= Math.max(at, this.#notBefore.get(id) ?? 0) && !this.#running.has(id);
  }

  #begin(job: Job): void {
    const done = this.#execute(job)
      .catch((error: unknown) => console.error(`emulator: ${describe(error)}`))
      .finally(() => this.#running.delete(job.id));
    this.#running.set(job.id, done);
  }

  async #execute(job: Job): Promise<void> {
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
