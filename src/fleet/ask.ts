import { abortable, type Sleep, sleep } from '../common/wait.js';
import type { CallWatch } from '../outscale/client/client.js';

/** The time of a VM: milliseconds that its processes share. */
export interface VmTime {
  readonly clock: () => number;
  readonly sleep: Sleep;
}

export const sinceBoot: VmTime = { clock: () => Number(process.hrtime.bigint() / 1_000_000n), sleep };

/** Milliseconds between two looks for the answer of another build, while this one waits for its turn. */
const lookEvery = 100;

/** Notes when a call is sent, for the last time if it is repeated. */
export function sendTime(time: VmTime): { readonly watch: CallWatch; readonly at: () => number | undefined } {
  let at: number | undefined;
  return {
    watch: {
      sent: () => {
        at = time.clock();
      },
      failed: () => {},
    },
    at: () => at,
  };
}

/** An answer, and when this build sent its call; undefined if it is the answer of another build. */
interface Asked<T> {
  readonly answer: T;
  readonly asked: number | undefined;
}

/**
 * Makes a call, unless another build leaves an answer while the call waits for its turn. A call that was sent
 * is not aborted.
 * @param shared the answer of another build, if there is one
 * @throws as `call`; the reason of the signal if it is aborted
 */
export async function askUnlessAnswered<T>(
  call: (signal: AbortSignal, watch: CallWatch) => Promise<T>,
  shared: () => T | undefined,
  signal: AbortSignal,
  time: VmTime,
): Promise<Asked<T>> {
  const sent = sendTime(time);
  const served = new AbortController();
  const own = call(AbortSignal.any([signal, served.signal]), sent.watch);
  const ended = own.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([ended, time.sleep(lookEvery).then(() => false)])) && sent.at() === undefined) {
    const answer = shared();
    if (answer === undefined) continue;
    served.abort();
    await ended;
    return { answer, asked: undefined };
  }
  return { answer: await abortable(own, signal), asked: sent.at() ?? 0 };
}
