import { BuildError, describe } from '../common/errors.js';
import { createDispatcher, sendRequest } from '../common/http-dispatcher.js';
import { abortable } from '../common/wait.js';

/** The VM that this process runs on. */
export interface VmFacts {
  readonly vmId: string;
  readonly subregion: string;
  readonly region: string;
}

/**
 * Reads one value of the metadata service, without white space around it (user guide, "Accessing the Metadata
 * and User Data of a VM"). It uses plain HTTP to a link-local address, and never a proxy.
 * @param signal aborts the request; the default is a timeout of 2 seconds
 * @throws BuildError when the service does not answer in time, or its status is not 200.
 */
export async function readMetadata(
  endpoint: string,
  path: string,
  signal = AbortSignal.timeout(2000),
): Promise<string> {
  const url = `${endpoint.replace(/\/$/, '')}/${path}`;
  const dispatcher = createDispatcher({}, undefined);
  try {
    // undici itself does not abort a request before its connection is made.
    return await abortable(ask(dispatcher, url, signal), signal);
  } catch (error) {
    throw new BuildError(`metadata service: no answer (${url}: ${describe(error)})`, {
      hint: 'Run build-omi on an Outscale VM. If the metadata service is blocked, set vm_id, subregion and region.',
    });
  } finally {
    // It also ends an attempt to connect.
    void dispatcher.destroy().catch(() => {});
  }
}

async function ask(
  dispatcher: ReturnType<typeof createDispatcher>,
  url: string,
  signal: AbortSignal,
): Promise<string> {
  const { statusCode, body } = await sendRequest(dispatcher, url, { method: 'GET', signal });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
  return text.trim();
}

/** The region of a subregion: its name without the last letter. */
const regionOf = (subregion: string): string => subregion.replace(/[a-z]$/, '');

/**
 * Reads one value of the metadata service and checks its form: another service that answers at this address
 * must not choose the host that receives signed requests.
 */
async function readValue(endpoint: string, path: string, form: RegExp): Promise<string> {
  const value = await readMetadata(endpoint, path);
  if (form.test(value)) return value;
  throw new BuildError(`metadata: ${path} is ${JSON.stringify(value.slice(0, 60))}`, {
    hint: `Check metadata_endpoint (${endpoint}), or set vm_id and subregion.`,
  });
}

/**
 * Identifies this VM, from the options and otherwise from the metadata service.
 * @throws BuildError when the region option is not the region of the VM, or a metadata value is invalid.
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
      hint: `A volume can only be attached within its subregion. Remove region, or set it to ${region}.`,
    });
  }
  return { vmId, subregion, region };
}
