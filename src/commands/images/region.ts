import type { Credentials } from '../../config/credentials/types.js';
import { endpointOf } from '../../config/kit/endpoint.js';
import type { AccessConfig } from '../../config/read.js';
import { requireKnownRegion } from '../../config/rules/regions.js';
import { whichVm } from '../../host/vm.js';
import { RefusalFiles } from '../../ledger/refusal-files.js';
import type { Cloud } from '../../outscale/client/client.js';
import type { Report } from '../../report/report.js';
import { connect } from '../../runtime/connect.js';
import type { Invocation } from '../invocation.js';

/** A region of the account of the keys. */
export interface Region {
  readonly region: string;
  readonly cloud: Cloud;
  /** A VM of the account in that region; undefined if none is known. */
  readonly vm: string | undefined;
}

/**
 * Connects to the region that the options name, else to that of this VM. With a region it needs no Outscale
 * VM.
 * @throws BuildError without a region, if the metadata service does not answer
 */
export async function connectRegion(
  { access, running }: AccessConfig,
  keys: Credentials,
  { privileged, environment }: Invocation,
  report: Report,
): Promise<Region> {
  const { region, vm } = await findRegion(access);
  requireKnownRegion(region, access);
  const endpoint = endpointOf(access.custom_endpoint_oapi, region);
  const refusals = new RefusalFiles(running.state_dir, privileged.user);
  return { region, vm, cloud: connect(access, { endpoint, region, keys, refusals }, report, environment) };
}

async function findRegion(access: AccessConfig['access']): Promise<Omit<Region, 'cloud'>> {
  if (access.region !== undefined) return { region: access.region, vm: access.vm_id };
  const { region, vmId } = await whichVm(access);
  return { region, vm: vmId };
}
