import { isOwnerAlive } from '../host/proc/identity.js';
import { readLedger } from '../ledger/read.js';
import { LedgerStore } from '../ledger/store.js';

/** The mount points of the builds of this VM that live, whoever's they are, but for one. */
export function pathsInUse(directory: string, except: string): string[] {
  const everybody = { uid: 0, gid: 0, name: 'root', home: '/root' };
  return LedgerStore.all(directory, everybody).flatMap((files) =>
    files.builds().flatMap((id) => {
      if (id === except) return [];
      try {
        const ledger = readLedger(id, files, () => {})?.ledger;
        return ledger?.owners.some(isOwnerAlive)
          ? ledger.openOf('directory').map(({ data }) => data.path)
          : [];
      } catch {
        return []; // It is no ledger, or not one that we read: recovery tells of it.
      }
    }),
  );
}
