import { identifySelf } from '../host/proc/identity.js';
import type { VmFacts } from '../host/vm.js';
import { Ledger } from '../ledger/ledger.js';
import type { NewLedgerFile } from '../ledger/writer.js';
import type { Cloud } from '../outscale/client/client.js';
import type { Build } from './tools.js';

/** Opens the ledger of a build that this process owns. */
export function openLedger(
  build: Build,
  cloud: Cloud,
  vm: VmFacts,
  file: Pick<NewLedgerFile, 'create' | 'append'>,
): Ledger {
  return new Ledger(
    {
      ledger: 1,
      build: build.id,
      endpoint: cloud.endpoint,
      region: vm.region,
      vm: vm.vmId,
      user: build.user.uid,
      owner: identifySelf(),
    },
    file.append,
    file.create,
  );
}
