import { BuildError } from '../common/errors.js';
import type { PrivilegedContext } from '../host/exec/relaunch-request.js';

/** Milliseconds after the first signal: the runner kills a step 10 s after it, and what is left must be said before. */
const time = 8_000;

/** How a build is ended from outside. */
export interface Cancel {
  /** Aborted by the first signal: the work ends, and what it made is put away. */
  readonly signal: AbortSignal;
  /** Aborted when there is no more time for that, and a post step will go on with it. */
  readonly undoing: AbortSignal;
}

/** What a cancel has to know of a build. */
export interface Cancelled {
  /** Whether a post step comes after it. */
  readonly hasPost: boolean;
  /** What is not yet put away. */
  readonly open: () => readonly string[];
  readonly log: (line: string) => void;
}

/**
 * Listens to the signals that cancel a build. Where a post step comes after it, putting away has 8 s, and ends at a
 * second signal. Elsewhere nothing comes after it: it takes the time that it needs, and a second signal tells what is
 * still open.
 */
export function listenToCancel(
  privileged: PrivilegedContext,
  { hasPost, open, log: tell }: Cancelled,
): Cancel {
  const work = new AbortController();
  const undoing = new AbortController();
  const leave = (): void =>
    undoing.abort(new BuildError(`there is no more time: the post step goes on with ${open().join(', ')}`));
  privileged.onCancel((signal) => {
    if (!work.signal.aborted) {
      work.abort(new BuildError(`the build was cancelled (${signal})`));
      if (hasPost) setTimeout(leave, time).unref();
    } else if (signal !== 'SIGPIPE') {
      // A closed pipe is heard of at each write, and is nobody's wish.
      if (hasPost) leave();
      else for (const name of open()) tell(`still open: ${name}`);
    }
  });
  return { signal: work.signal, undoing: undoing.signal };
}
