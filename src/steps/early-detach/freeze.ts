import { describe } from '../../common/errors.js';
import { requireSameDisk } from '../../host/disk/find-disk.js';
import { type FrozenDisk, freezeDisk } from '../../host/disk/freeze.js';
import type { Tools } from '../../runtime/tools.js';
import type { AttachedDisk } from '../attach.js';

/**
 * Makes the disk read-only and holds it until the result is disposed of, so that its snapshot can be taken
 * while it is attached. If the volume is retained after a failure, it is writable again.
 * @returns undefined if that is not possible; then the snapshot is taken after detaching
 */
export async function freeze(
  { disk, sequence, claim }: AttachedDisk,
  tools: Tools,
): Promise<(AsyncDisposable & Pick<FrozenDisk, 'release'>) | undefined> {
  try {
    requireSameDisk({ disk, sequence });
    const frozen = await freezeDisk(disk, tools.signal);
    return {
      release: () => frozen.release(),
      [Symbol.asyncDispose]: async () => {
        if (tools.ledger.isRetained(claim))
          await frozen.thaw().catch((error: unknown) => {
            tools.report.warn(`${disk} stays read-only: ${describe(error)}`);
          });
        frozen.release();
      },
    };
  } catch (error) {
    tools.signal.throwIfAborted();
    tools.report.notice(`${disk} is detached before its snapshot: ${describe(error)}`);
    return undefined;
  }
}
