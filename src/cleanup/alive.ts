import { lockStates } from '../host/file-lock.js';
import { isOwnerAlive, isVisible } from '../host/proc/identity.js';
import type { Owner } from '../ledger/lines.js';
import type { Written } from '../ledger/read.js';
import type { LedgerStore } from '../ledger/store.js';

/** A ledger that was read, and its store. */
export interface Located extends Written {
  readonly files: LedgerStore;
}

/** `unknown` is the reason why it cannot be determined. Then the build is not cleaned up. */
export type Liveness = 'alive' | 'dead' | { readonly unknown: string };

/** Versions without a lock recorded no PID namespace: only the pid identifies their owner. */
const hasLock = (owner: Owner): boolean => 'pid' in owner && owner.ns !== undefined;

/**
 * Whether builds are alive: an owner is visible in this PID namespace, its lease is valid, or a process has a
 * lock on the ledger, possibly in another PID namespace (flock(2)).
 */
export async function livenessOf(all: readonly Located[]): Promise<Liveness[]> {
  const asked = all.filter(({ ledger }) => !ledger.owners.some(isOwnerAlive) && ledger.owners.some(hasLock));
  const states = await lockStates(asked.map(({ header, files }) => files.lockOf(header.build)));
  return all.map((one): Liveness => {
    const { ledger } = one;
    if (ledger.owners.some(isOwnerAlive)) return 'alive';
    const state = states[asked.indexOf(one)] ?? 'free';
    if (state === 'held') return 'alive';
    if (state === 'free' || state === 'absent') return 'dead';
    // Without locks only a pid of this PID namespace proves that the owner has ended.
    return ledger.owners.every((owner) => !('pid' in owner) || isVisible(owner)) ? 'dead' : state;
  });
}

/** Whether a build is alive, or may be because its lock cannot be tested. */
const isLiving = async (one: Located): Promise<boolean> => (await livenessOf([one]))[0] !== 'dead';

/**
 * Whether a process works on a build that was not handed over: by its pid if it is of this PID namespace,
 * else by the lock.
 */
export async function isWorkedOn(one: Located): Promise<boolean> {
  const { owner, isHandedOver } = one.ledger;
  if (isHandedOver) return false;
  return 'pid' in owner && isVisible(owner) ? isOwnerAlive(owner) : await isLiving(one);
}
