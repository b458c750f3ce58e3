import { ConfigError } from '../config/kit/issues.js';
import type { ProcessIdentity } from '../host/proc/identity.js';
import type { Owner } from '../ledger/lines.js';
import { readLedger, type Written } from '../ledger/read.js';
import type { LedgerStore } from '../ledger/store.js';

/**
 * The build that `mount` started from the process that started this command: the job worker of the runner, or
 * the shell. Names of jobs do not identify it, because the legs of a matrix share them.
 * @param starter the process that started this command
 * @throws ConfigError that lists the mounted builds unless there is exactly one of that process
 */
export function ownBuild(files: LedgerStore, starter: ProcessIdentity | undefined): string {
  const all = files.builds().flatMap((id) => mountedBuild(id, files));
  const own = all.filter(({ ledger }) => ledger.owners.some((owner) => isSame(owner, starter)));
  const [only, ...others] = own;
  if (only !== undefined && others.length === 0) return only.header.build;
  const problem =
    only === undefined
      ? `is missing, and the process that started commit has no mounted build${of(starter)}`
      : `is missing, and the process that started commit has several mounted builds${of(starter)}`;
  const listed = (only === undefined ? all : own).map(describe);
  throw new ConfigError([
    {
      option: 'build-id',
      problem,
      fix:
        listed.length === 0
          ? 'run mount first, with the same user and state-dir: no build is mounted'
          : `write the build-id output of mount; mounted builds: ${listed.join(', ')}`,
    },
  ]);
}

const of = (starter: ProcessIdentity | undefined): string =>
  starter === undefined ? '' : ` (process ${starter.pid})`;

/** A ledger that cannot be read belongs to no build that commit could take. */
function mountedBuild(id: string, files: LedgerStore): Written[] {
  try {
    const found = readLedger(id, files, () => {});
    return found === undefined || found.ledger.handover === undefined || found.ledger.isFinalized
      ? []
      : [found];
  } catch {
    return [];
  }
}

const isSame = (owner: Owner, starter: ProcessIdentity | undefined): boolean =>
  starter !== undefined &&
  'pid' in owner &&
  owner.pid === starter.pid &&
  owner.start === starter.start &&
  owner.boot === starter.boot &&
  (owner.ns ?? starter.ns) === starter.ns;

function describe({ header: { build }, ledger }: Written): string {
  const owner = ledger.owners.at(-1) ?? ledger.owner;
  return 'pid' in owner ? `${build} (of process ${owner.pid})` : `${build} (held until ${owner.until})`;
}
