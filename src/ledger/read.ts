import { BuildError } from '../common/errors.js';
import { Ledger } from './ledger.js';
import type { Header } from './lines.js';
import type { LedgerStore } from './store.js';

/** A ledger that was read, and its header. */
export interface Written {
  readonly header: Header;
  readonly ledger: Ledger;
}

/**
 * Reads the ledger of a build. Returns undefined without a file, or without a complete line.
 * @param append receives every new line; the default writes it to the file
 * @throws BuildError for a file that is not a ledger of version 1, or whose header names another build or
 *   user than its path
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
      `${files.lockOf(build)} is ignored: its header names build ${header.build} of user ${header.user}`,
    );
  return found;
}
