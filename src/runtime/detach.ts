import { BuildError, describe } from '../common/errors.js';
import { isInUse } from '../host/disk/exclusive.js';
import { findAgain } from '../host/disk/find-again.js';
import { waitUntilFree } from '../host/disk/wait-until-free.js';
import { whileFree } from '../host/disk/while-free.js';
import { bootId } from '../host/proc/identity.js';
import type { Claims } from '../ledger/claims.js';
import { unlinkVolume } from '../outscale/calls/volume-links.js';
import type { Tools } from './tools.js';

/** Milliseconds for which a list may still show a link that has ended, and with it the disk. */
const lag = 10_000;

/**
 * Asks to detach a volume of which the kernel holds nothing.
 * @returns what is called each time the API shows the volume as attached. It throws a BuildError where the kernel holds
 *   the disk, or where that is not certain.
 */
export function detacher(attachment: Claims['attachment'], tools: Tools): () => Promise<void> {
  const { volume } = attachment;
  const isSameBoot = tools.ledger.boot === bootId();
  const start = performance.now();
  let isTaken = false;
  const unlink = async (): Promise<void> => {
    isTaken = (await unlinkVolume(tools.cloud, volume)) || isTaken;
  };
  return async () => {
    const found = await findAgain(attachment, isSameBoot, tools.signal);
    if (found === 'idle') return await unlink();
    if (found === 'unknown') {
      if (isTaken || performance.now() - start < lag) return;
      throw notFound(volume, isSameBoot);
    }
    await requireReleased(found.disk, volume, tools);
    // Where somebody claims it at this moment, the next look finds that out.
    await whileFree(found.disk, unlink);
  };
}

/** Nothing proves which disk of the kernel's a volume is. */
const notFound = (volume: string, isSameBoot: boolean): BuildError =>
  new BuildError(
    `${volume} stays attached: ${isSameBoot ? 'its disk was not found' : 'the VM was started anew'}, and nothing proves which disk it is by now`,
    { hint: `See that none of it is mounted (lsblk). Then run:\n${byHand(volume)}` },
  );

/** The commands that take a volume away. */
const byHand = (volume: string): string =>
  `  osc-cli api UnlinkVolume --VolumeId ${volume}\n  osc-cli api DeleteVolume --VolumeId ${volume}`;

/** @throws BuildError, after tagging the volume, when somebody holds its disk. */
async function requireReleased(disk: string, volume: string, tools: Tools): Promise<void> {
  const reason = (): string | undefined => (isInUse(disk) ? 'the kernel has not let go' : undefined);
  const stuck = await waitUntilFree(disk, reason, {
    log: (line) => tools.report.warn(line),
    shortTimeouts: tools.shortTimeouts,
    signal: tools.signal,
  });
  if (stuck === undefined) return;
  const tags = [{ Key: 'build-omi:in-use', Value: disk }];
  await tools.cloud.call('CreateTags', { ResourceIds: [volume], Tags: tags }).catch((error: unknown) => {
    tools.report.warn(`${volume} could not be tagged as being in use: ${describe(error)}`);
  });
  throw new BuildError(`${volume} stays attached, for its disk ${disk} is still in use`, {
    output: stuck.holders,
    hint: [
      stuck.holders.length === 0
        ? 'Nothing that can be seen holds it. What the kernel waits for, dmesg may tell; a restart of the VM ends it. Then run:'
        : 'Release it: umount PLACE for a mount in your own mount namespace, kill PID for a process or another mount namespace, swapoff PLACE for swap, losetup --detach /dev/NAME for a loop device. Then run:',
      byHand(volume),
    ].join('\n'),
  });
}
