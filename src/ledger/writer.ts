import { BuildError, describe } from '../common/errors.js';
import { appendOverflow, hasOverflow } from './overflow.js';
import type { LedgerStore } from './store.js';

/** Appends a line to a ledger and returns when it is on disk. */
export type Append = (line: string) => void;

/** The ledger file of a build that this process owns. */
export interface NewLedgerFile {
  /** Creates and locks the file, and reserves disk space for its lines. */
  readonly create: () => Promise<void>;
  readonly append: Append;
  /** The locked file. @throws BuildError before it was created */
  readonly locked: () => number;
}

/**
 * The ledger file of a new build. Its first line must be written. A build continues if a later line cannot
 * be written, because its image may be provisioned by then: see `tolerant`.
 * @param warn is called for the first line that cannot be written
 */
export function newLedgerFile(
  files: LedgerStore,
  build: string,
  warn: (line: string) => void,
): NewLedgerFile {
  let file: number | undefined;
  const later = tolerant(files, build, warn);
  let append = files.appender(build);
  return {
    create: async () => {
      file = await files.create(build);
    },
    append: (line) => {
      append(line);
      append = later;
    },
    locked: () => {
      if (file === undefined) throw new BuildError(`build ${build} has no ledger yet`);
      return file;
    },
  };
}

/**
 * A writer that continues if a line cannot be written, and warns once. Such a line is written to /run, see
 * overflow.ts. If that fails too, this process still undoes the operation that the line announces. If this
 * process is killed, `sweep` finds the resource by its tag or ClientToken.
 * @throws BuildError for the line that hands a build over, because `commit` could not find the build.
 */
export function tolerant(files: LedgerStore, build: string, warn: (line: string) => void): Append {
  const write = files.appender(build);
  let hasFailed = false;
  const fails = (error: unknown): void => {
    if (!hasFailed) warn(`Ledger not updated: ${describe(error)}`);
    hasFailed = true;
  };
  return (line) => {
    try {
      if (!hasOverflow(build, files.uid)) return write(line);
    } catch (error) {
      fails(error);
    }
    try {
      appendOverflow(build, files.uid, line);
    } catch (error) {
      if (line.startsWith('{"handed"')) throw new BuildError(`Build not handed over: ${describe(error)}`);
      fails(error);
    }
  };
}
