import { BuildError, describe } from '../common/errors.js';
import { isInUse, whileFree } from '../host/disk/exclusive.js';
import { findAgain } from '../host/disk/find-again.js';
import { waitUntilFree } from '../host/disk/wait-until-free.js';
import { bootId } from '../host/proc/identity.js';
import type { Claims } from '../ledger/claims.js';
import { unlinkVolume } from '../outscale/calls/volume-links.js';
import type { Tools } from './tools.js';

/** Milliseconds during which a list may still show a link that has ended. */
const lag = 10_000;

/**
 * Detaches a volume whose disk the kernel does not use.
 * @returns a function to call each time the API lists the volume as attached. It returns why the API refused
 *   the last request, if it did, and throws a BuildError if the disk is in use, or if its use cannot be
 *   determined.
 */
export function detacher(attachment: Claims['attachment'], tools: Tools): () => Promise<string | undefined> {
  const { volume } = attachment;
  const isSameBoot = tools.ledger.boot === bootId();
  const start = performance.now();
  let isAccepted = false;
  let refusal: string | undefined;
  const unlink = async (): Promise<void> => {
    const answer = await unlinkVolume(tools.cloud, volume);
    isAccepted ||= answer.isAccepted;
    refusal = answer.refusal;
  };
  const request = async (): Promise<void> => {
    const found = await findAgain(attachment, isSameBoot, tools.signal);
    if (found === 'idle') return await unlink();
    if (found === 'unknown') {
      if (isAccepted || performance.now() - start < lag) return;
      throw notFound(volume, isSameBoot);
    }
    await requireReleased(found.disk, volume, tools);
    // If another process opens the disk at this moment, the next call finds that out.
    await whileFree(found.disk, unlink);
  };
  return async () => {
    await request();
    return refusal;
  };
}

/** The error when no evidence identifies the disk of a volume. */
const notFound = (volume: string, isSameBoot: boolean): BuildError =>
  new BuildError(
    `Volume ${volume} not detached: ${isSameBoot ? 'its disk was not found' : 'the VM was restarted'}, and no evidence identifies its disk`,
    { hint: `Check that it is not mounted (lsblk). Then run:\n${manualCommands(volume)}` },
  );

/** The commands that detach and delete a volume. */
const manualCommands = (volume: string): string =>
  `  osc-cli api UnlinkVolume --VolumeId ${volume}\n  osc-cli api DeleteVolume --VolumeId ${volume}`;

/** @throws BuildError if the disk stays in use, after tagging the volume. */
async function requireReleased(disk: string, volume: string, tools: Tools): Promise<void> {
  const reason = (): string | undefined => (isInUse(disk) ? 'the kernel still uses it' : undefined);
  const inUse = await waitUntilFree(disk, reason, {
    log: (line) => tools.report.warn(line),
    shortTimeouts: tools.shortTimeouts,
    signal: tools.signal,
  });
  if (inUse === undefined) return;
  const tags = [{ Key: 'build-omi:in-use', Value: disk }];
  await tools.cloud.call('CreateTags', { ResourceIds: [volume], Tags: tags }).catch((error: unknown) => {
    tools.report.warn(`Volume ${volume} not tagged as in use: ${describe(error)}`);
  });
  throw new BuildError(`Volume ${volume} not detached: its disk ${disk} is still in use`, {
    output: inUse.holders,
    hint: [
      inUse.holders.length === 0
        ? 'No user of the disk was found. Check dmesg, or restart the VM. Then run:'
        : 'Release it: umount PATH for a mount in your own mount namespace, kill PID for a process or another mount namespace, swapoff PATH for swap, losetup --detach /dev/NAME for a loop device. Then run:',
      manualCommands(volume),
    ].join('\n'),
  });
}
