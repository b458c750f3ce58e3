import { describe } from '../../common/errors.js';
import { isLocal } from '../../ledger/claims.js';
import { named } from '../leftovers.js';
import type { OrphanedBuild } from '../replay.js';
import type { Finding } from './finding.js';

/**
 * The open resources in the ledgers of orphaned builds on this VM.
 * @param isReached whether the keys belong to its account, at its endpoint
 * @param released the build whose retained resources are released before their date
 */
export function findInLedgers(
  orphaned: readonly OrphanedBuild[],
  isReached: (one: OrphanedBuild) => boolean,
  released: string | undefined,
): Finding[] {
  return orphaned.flatMap((one) => {
    try {
      return findIn(one, isReached(one), released);
    } catch (error) {
      const { header, files } = one;
      const why = `it cannot be read: ${describe(error)}`;
      const id = files.lockOf(header.build);
      return [{ what: 'ledger', id, build: header.build, age: files.age(header.build), why, goes: false }];
    }
  });
}

function findIn(one: OrphanedBuild, isReached: boolean, released: string | undefined): Finding[] {
  const { header, ledger, files } = one;
  const { build, account, endpoint } = header;
  const until = ledger.retainedUntil;
  const isRetained = until !== undefined && until.getTime() > Date.now() && build !== released;
  const age = files.age(build);
  return ledger
    .open()
    .filter(({ kind }) => kind !== 'attachment')
    .map((claim): Finding => {
      const { what, id } = named(claim);
      const why =
        !isLocal(claim.kind) && !isReached
          ? `out of reach: it is in account ${account} at ${endpoint}`
          : isRetained && ledger.isRetained(claim)
            ? `kept until ${until.toISOString()}`
            : undefined;
      return {
        what,
        id,
        build,
        age,
        why: why ?? 'the process of its build has ended',
        goes: why === undefined,
      };
    });
}
