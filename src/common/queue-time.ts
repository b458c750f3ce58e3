/** Measures how long a resource is in a queue, by the reads of its state. */
export class QueueTime {
  #total = 0;
  #last: number;

  /** @param start when the wait began, in milliseconds of a monotonic clock */
  constructor(start: number) {
    this.#last = start;
  }

  /** Milliseconds in the queue so far. The time before a read counts if that read found the queue. */
  get total(): number {
    return this.#total;
  }

  /** Records a read. @param now its time @param isQueued whether it found the resource in the queue */
  add(now: number, isQueued: boolean): void {
    if (isQueued) this.#total += now - this.#last;
    this.#last = now;
  }
}
