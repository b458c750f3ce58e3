import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { BuildError, describe } from '../common/errors.js';

/** The VM that this process runs on. */
export interface VmFacts {
  readonly vmId: string;
  readonly subregion: string;
  readonly region: string;
}

/**
 * One value of the metadata service, without white space around it (user guide, "Accessing the Metadata and User Data of a VM"). Plain HTTP to a
 * link-local address, and never through a proxy.
 * @param signal ends it; without one it is given two seconds
 * @throws BuildError when it does not answer in time, or not with 200.
 */
export async function readMetadata(
  endpoint: string,
  path: string,
  signal = AbortSignal.timeout(2000),
): Promise<string> {
  const url = `${endpoint.replace(/\/$/, '')}/${path}`;
  try {
    return await new Promise<string>((resolve, reject) => {
      const request = get(url, { signal }, (response) => {
        if (response.statusCode === 200) text(response).then((body) => resolve(body.trim()), reject);
        else reject(new Error(`HTTP ${response.statusCode}`));
      });
      request.on('error', reject);
    });
  } catch (error) {
    throw new BuildError(`the metadata service did not answer (${url}: ${describe(error)})`, {
      hint: 'build-omi runs on an Outscale VM. Where the metadata service is blocked, give vm_id, subregion and region.',
    });
  }
}

/** The region a subregion is in: its name without the last letter. */
const regionOf = (subregion: string): string => subregion.replace(/[a-z]$/, '');

/**
 * One value of the metadata service, of a known form: another service that answers at its address must not choose the
 * host that signed requests go to.
 */
async function readValue(endpoint: string, path: string, form: RegExp): Promise<string> {
  const value = await readMetadata(endpoint, path);
  if (form.test(value)) return value;
  throw new BuildError(`metadata: ${path} is ${JSON.stringify(value.slice(0, 60))}`, {
    hint: `Check metadata_endpoint (${endpoint}), or set vm_id and subregion.`,
  });
}

/**
 * Which VM this is: what was given, and the rest from the metadata service.
 * @throws BuildError when the region given is not the VM's, or the metadata service answers something else.
 */
export async function whichVm(given: {
  readonly vm_id: string | undefined;
  readonly subregion: string | undefined;
  readonly region: string | undefined;
  readonly metadata_endpoint: string;
}): Promise<VmFacts> {
  const [vmId, subregion] = await Promise.all([
    given.vm_id ?? readValue(given.metadata_endpoint, 'instance-id', /^i-\w+$/),
    given.subregion ??
      readValue(given.metadata_endpoint, 'placement/availability-zone', /^[a-z0-9]+(-[a-z0-9]+)*$/),
  ]);
  const region = regionOf(subregion);
  if (given.region !== undefined && given.region !== region) {
    throw new BuildError(`region: ${given.region} is not the region of this VM, which is in ${subregion}`, {
      hint: `A volume can only be attached within its subregion: leave region out, or give ${region}.`,
    });
  }
  return { vmId, subregion, region };
}
