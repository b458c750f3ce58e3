import { randomBytes } from 'node:crypto';
import { buildForCleanup, forget } from '../../cleanup/replay.js';
import type { AccessConfig } from '../../config/read.js';
import { LedgerStore } from '../../ledger/store.js';
import { newLedgerFile } from '../../ledger/writer.js';
import type { Report } from '../../report/report.js';
import { openLedger } from '../../runtime/open-ledger.js';
import { timeoutsOf } from '../../runtime/timeouts.js';
import { createTools, type Tools } from '../../runtime/tools.js';
import type { Invocation } from '../invocation.js';
import type { Region } from './region.js';

/** What `prune` removes OMIs with: a ledger of its own, as a build has. */
export interface Pruning {
  readonly tools: Tools;
  /** Creates the file of the ledger. It must precede the first removal. */
  readonly begin: () => Promise<void>;
  /** Removes the file if nothing is open. @returns whether nothing is */
  readonly end: () => boolean;
}

interface Target extends Region {
  readonly account: string;
  readonly config: AccessConfig;
  readonly signal: AbortSignal;
}

/** Prepares the removal of OMIs in a region. @throws BuildError if `state_dir` cannot be written */
export function openPruning(
  { account, cloud, config, region, signal, vm = '' }: Target,
  { privileged }: Invocation,
  report: Report,
): Pruning {
  const id = randomBytes(6).toString('hex');
  const files = new LedgerStore(config.running.state_dir, privileged.user);
  files.prepare();
  const warn = (line: string): void => report.warn(line);
  const build = buildForCleanup(id, privileged.user, files);
  const location = { region, vmId: vm, subregion: '' };
  const ledger = openLedger(build, cloud, location, newLedgerFile(files, id, warn));
  const parts = { build, cloud, ledger, report, signal };
  return {
    tools: createTools(parts, timeoutsOf(config.running), { all: signal }),
    begin: async () => await ledger.begin(account),
    end: () => {
      if (ledger.open().length > 0) return false;
      forget(id, files, warn);
      return true;
    },
  };
}
