import { BuildError } from '../common/errors.js';
import { ifUnlocked } from '../host/lock.js';
import { identifySelf, isOwnerAlive } from '../host/proc/identity.js';
import { readLedger, type Written } from '../ledger/read.js';
import type { LedgerStore } from '../ledger/store.js';

/** Where a wrong ID comes from, most of the time. */
const hint = 'Give the build-id that mount gave, as the same user and with the same state_dir.';

/**
 * The ledger of a build on which nobody works, whether its owner lives or not.
 * @throws BuildError when there is none, it is finished, or somebody is at it.
 */
export function openHanded(id: string, files: LedgerStore): Written {
  const handed = readLedger(id, files);
  if (handed === undefined)
    throw new BuildError(`build_id: there is no build ${id}, or it is over`, { hint });
  const { ledger } = handed;
  if (ledger.kept) throw new BuildError(`build_id: ${id} is committed already`);
  if (!ledger.isHandedOver && isOwnerAlive(ledger.owner)) {
    const who = 'pid' in ledger.owner ? ` (process ${ledger.owner.pid})` : '';
    throw new BuildError(`build_id: somebody works on ${id} already${who}`, {
      hint: 'Wait until that has ended.',
    });
  }
  return handed;
}

/**
 * Makes this process the one that works on such a build, until the end of the block: then it is its owner's again, or
 * over. @throws as openHanded
 */
export async function resumeBuild(id: string, files: LedgerStore): Promise<Written & AsyncDisposable> {
  // Asked first: without a folder for it there is no lock to be had.
  openHanded(id, files);
  const resumed = await ifUnlocked(files.lockOf(id), () => Promise.resolve(take(id, files)));
  if (resumed === undefined)
    throw new BuildError(`build_id: ${id} is being put away or taken up by somebody else`);
  return resumed;
}

function take(id: string, files: LedgerStore): Written & AsyncDisposable {
  const { header, ledger } = openHanded(id, files);
  // After one that was killed it is still that one's who handed it over.
  const owner = ledger.owners.at(-1) ?? ledger.owner;
  ledger.take(identifySelf());
  const giveBack = (): void => {
    if (ledger.open().length === 0) files.remove(id);
    else if (!ledger.kept) ledger.handOver(owner);
  };
  return { header, ledger, [Symbol.asyncDispose]: async () => await Promise.resolve(giveBack()) };
}
