import { BuildError } from '../common/errors.js';
import { Ledger } from './ledger.js';
import type { Header } from './lines.js';
import type { LedgerStore } from './store.js';

/** A ledger that was written, and what it began with. */
export interface Written {
  readonly header: Header;
  readonly ledger: Ledger;
}

/**
 * The ledger of a build; undefined when there is none, or not a whole line of it.
 * @param append is told of every new line; they are written unless it is given
 * @throws BuildError for a file that is no ledger of ours, or of another build or user than its place says
 */
export function readLedger(
  build: string,
  files: LedgerStore,
  append: (line: string) => void = files.appender(build),
): Written | undefined {
  const text = files.read(build);
  if (text === undefined) return undefined;
  const found = Ledger.resume(text, append);
  const { header } = found;
  if (header.build !== build || header.user !== files.uid)
    throw new BuildError(
      `${files.lockOf(build)} is ignored: it says that it is of build ${header.build} of user ${header.user}`,
    );
  return found;
}
