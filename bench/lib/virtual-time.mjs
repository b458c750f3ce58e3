/** A clock that jumps to the next moment at which something waits, as soon as nothing else can run. */
export class VirtualTime {
  #now = 1;
  #due = [];

  clock = () => this.#now;

  /** As `Sleep` of src/common/wait.ts. */
  sleep = (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = { at: this.#now + Math.max(0, ms), resolve, isAborted: false };
      const abort = () => {
        timer.isAborted = true;
        reject(signal.reason);
      };
      timer.resolve = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      signal?.addEventListener('abort', abort);
      this.#insert(timer);
    });

  /** Runs until the work has ended. @returns its result */
  async run(work) {
    let ended = false;
    const done = work.finally(() => {
      ended = true;
    });
    done.catch(() => {});
    while (true) {
      // All promises that can go on have gone on when the event loop turns.
      await new Promise(setImmediate);
      if (ended) return await done;
      const timer = this.#due.pop();
      if (timer === undefined) continue;
      if (timer.isAborted) continue;
      this.#now = timer.at;
      timer.resolve();
    }
  }

  /** The timers are in order, the next one last. */
  #insert(timer) {
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#due[middle].at > timer.at) low = middle + 1;
      else high = middle;
    }
    this.#due.splice(low, 0, timer);
  }
}
