import { networkOf } from '../host/sandbox/network.js';
import type { Tools } from '../runtime/tools.js';

/**
 * Watches what scripts share with the VM and can change for good: its network, which they need. At the end of the block
 * what is there and was not is a warning; nothing is removed, for another program of the VM may have added it.
 */
export async function watchNetwork(tools: Tools): Promise<AsyncDisposable> {
  const before = await networkOf(tools.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      // A cancelled build says it too.
      const after = before && (await networkOf(AbortSignal.timeout(10_000)).catch(() => undefined));
      const added = [...(after ?? [])].filter((one) => before?.has(one) === false);
      if (added.length > 0)
        tools.report.warn(
          `The network of this VM changed during the build: ${added.join('; ')}. If a script did that, remove it with ip(8).`,
        );
    },
  };
}
