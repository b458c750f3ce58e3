import { BuildError } from '../common/errors.js';
import type { Cancel as Cancelling, PrivilegedContext } from '../host/exec/relaunch-request.js';

/** Milliseconds after the first signal. The runner kills a step after 10 s, so this leaves time to report. */
const cleanupTime = 8_000;

/** The signals that cancel a build. */
export interface Cancel {
  /** Aborted by the first signal: the work ends, and its resources are released. */
  readonly signal: AbortSignal;
  /** Aborted when the time for cleanup is up, and a post step continues it. */
  readonly undoing: AbortSignal;
  /** The first signal; undefined until it arrives. */
  readonly received: () => Cancelling | undefined;
}

/** What `listenToCancel` needs to know about a build. */
export interface Cancelled {
  /** Whether a post step follows. */
  readonly hasPost: boolean;
  /** The names of the resources that are not yet released. */
  readonly open: () => readonly string[];
  readonly log: (line: string) => void;
}

/**
 * Listens to the signals that cancel a build. If a post step follows, cleanup has 8 s and a second signal
 * ends it. Otherwise cleanup takes the time that it needs, and a second signal logs what is not yet released.
 */
export function listenToCancel(privileged: PrivilegedContext, { hasPost, open, log }: Cancelled): Cancel {
  const work = new AbortController();
  const undoing = new AbortController();
  let first: Cancelling | undefined;
  const stop = (): void =>
    undoing.abort(
      new BuildError(`the time for cleanup is up; the post step continues with ${open().join(', ')}`),
    );
  privileged.onCancel((signal) => {
    if (!work.signal.aborted) {
      first = signal;
      work.abort(new BuildError(`the build was cancelled (${signal})`, { brief: 'cancelled' }));
      if (hasPost) setTimeout(stop, cleanupTime).unref();
    } else if (signal !== 'SIGPIPE') {
      // Each write to a closed pipe sends SIGPIPE: it is not a request of the user.
      if (hasPost) stop();
      else for (const name of open()) log(`Not cleaned up yet: ${name}`);
    }
  });
  return { signal: work.signal, undoing: undoing.signal, received: () => first };
}
