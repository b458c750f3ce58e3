import { networkOf } from '../host/sandbox/network.js';
import type { Tools } from '../runtime/tools.js';

/**
 * Watches the network configuration of the VM, which scripts share and can change permanently. The end of the block warns
 * about additions. It removes nothing, because another program of the VM may have added it.
 */
export async function watchNetwork(tools: Tools): Promise<AsyncDisposable> {
  const before = await networkOf(tools.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      // Its own signal, so that a cancelled build reports changes too.
      const after = before && (await networkOf(AbortSignal.timeout(10_000)).catch(() => undefined));
      const added = [...(after ?? [])].filter((one) => before?.has(one) === false);
      if (added.length > 0)
        tools.report.warn(
          `The network of this VM changed during the build: ${added.join('; ')}. If a script did that, remove it with ip(8).`,
        );
    },
  };
}
