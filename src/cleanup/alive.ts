import { lockStates } from '../host/file-lock.js';
import { isOwnerAlive, isVisible } from '../host/proc/identity.js';
import type { Owner } from '../ledger/lines.js';
import type { Written } from '../ledger/read.js';
import type { LedgerStore } from '../ledger/store.js';

/** A ledger that was read, and where it lies. */
export interface Located extends Written {
  readonly files: LedgerStore;
}

/** `unknown` says why it cannot be told: then the build is left alone. */
export type Liveness = 'alive' | 'dead' | { readonly unknown: string };

/** Ledgers of versions that took no lock name no PID namespace: their pid is all there is. */
const hasLock = (owner: Owner): boolean => 'pid' in owner && owner.ns !== undefined;

/**
 * Whether builds live: an owner is visible here or its time has not come, or the kernel has a lock on the ledger, which
 * a process in another PID namespace may hold (flock(2)).
 */
export function livenessOf(all: readonly Located[]): Liveness[] {
  const asked = all.filter(({ ledger }) => !ledger.owners.some(isOwnerAlive) && ledger.owners.some(hasLock));
  const states = lockStates(asked.map(({ header, files }) => files.lockOf(header.build)));
  return all.map((one): Liveness => {
    const { ledger } = one;
    if (ledger.owners.some(isOwnerAlive)) return 'alive';
    const state = states[asked.indexOf(one)] ?? 'free';
    if (state === 'held') return 'alive';
    if (state === 'free' || state === 'absent') return 'dead';
    // Without a lock only a pid tells, where it is one of this PID namespace.
    return ledger.owners.every((owner) => !('pid' in owner) || isVisible(owner)) ? 'dead' : state;
  });
}

/** Whether a build lives. A lock that cannot be asked for is no reason to touch it. */
const isLiving = (one: Located): boolean => livenessOf([one])[0] !== 'dead';

/**
 * Whether a process works on a build that was not handed over: its pid where that means something here, else the lock.
 */
export function isWorkedOn(one: Located): boolean {
  const { owner, isHandedOver } = one.ledger;
  if (isHandedOver) return false;
  return 'pid' in owner && isVisible(owner) ? isOwnerAlive(owner) : isLiving(one);
}
