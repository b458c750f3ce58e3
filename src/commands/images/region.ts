import type { Credentials } from '../../config/credentials/types.js';
import { endpointOf } from '../../config/kit/endpoint.js';
import type { AccessConfig } from '../../config/read.js';
import { requireKnownRegion } from '../../config/rules/regions.js';
import { whichVm } from '../../host/vm.js';
import { RefusalFiles } from '../../ledger/refusal-files.js';
import type { Cloud } from '../../outscale/client/client.js';
import type { Report } from '../../report/report.js';
import { connect } from '../../runtime/connect.js';
import { paceOf } from '../../runtime/pace.js';
import type { Invocation } from '../invocation.js';

/** A region of the account of the keys. */
export interface Region {
  readonly region: string;
  readonly cloud: Cloud;
  /** A VM of the account in that region; undefined if none is known. */
  readonly vm: string | undefined;
}

/** What a command needs besides a few reads. */
interface Needs {
  /** Whether to ask the metadata service for this VM although the region is known. */
  readonly vm: boolean;
  /** Whether it shares the pace of the builds on this VM. */
  readonly pace: boolean;
}

/**
 * Connects to the region that the options name, else to that of this VM. With a region it needs no Outscale
 * VM.
 * @throws BuildError without a region, if the metadata service does not answer
 */
export async function connectRegion(
  { access, running }: AccessConfig,
  keys: Credentials,
  { privileged: { user }, environment }: Invocation,
  report: Report,
  needs: Needs = { vm: false, pace: false },
): Promise<Region> {
  const { region, vm } = await findRegion(access, needs.vm);
  requireKnownRegion(region, access);
  const endpoint = endpointOf(access.custom_endpoint_oapi, region);
  const refusals = new RefusalFiles(running.state_dir, user);
  const to = { endpoint, region, keys, refusals, ...(needs.pace ? { pace: paceOf(running, user) } : {}) };
  return { region, vm, cloud: connect(access, to, report, environment) };
}

async function findRegion(access: AccessConfig['access'], asksVm: boolean): Promise<Omit<Region, 'cloud'>> {
  const { region, vm_id: vm } = access;
  if (region === undefined) {
    const found = await whichVm(access);
    return { region: found.region, vm: found.vmId };
  }
  if (vm !== undefined || !asksVm) return { region, vm };
  const found = await whichVm({ ...access, region: undefined }).catch(() => undefined);
  return { region, vm: found?.region === region ? found.vmId : undefined };
}
