import { BuildError } from '../common/errors.js';
import { localNames } from '../host/disk/block-devices.js';
import { freeNames, suffixOf } from '../host/disk/device-names.js';
import { withLock } from '../host/lock.js';
import type { Claim } from '../ledger/claims.js';
import { linkedNames, linkVolume } from '../outscale/calls/volume-links.js';
import type { CallWatch } from '../outscale/client/client.js';
import { isConflict } from '../outscale/errors.js';
import { nameLock, type Tools } from './tools.js';

/** A request to link a volume to this VM. */
export interface LinkRequest {
  readonly volume: string;
  readonly vmId: string;
  readonly claim: Claim<'attachment'>;
  readonly watch: CallWatch;
}

/** A VM has at most 40 volumes, including its root volume (user guide, "About Volumes"). */
const maxVolumes = 40;

/**
 * Links a volume under `device_path`, or under a free name when the option is not set.
 * @returns the device name that the API has for the volume
 * @throws BuildError if the name is taken or no name is free.
 */
export async function linkDevice(
  devicePath: string | undefined,
  request: LinkRequest,
  tools: Tools,
): Promise<string> {
  return devicePath === undefined
    ? await linkUnderFreeName(request, tools)
    : await linkAs(devicePath, request, tools);
}

/** The names in use, according to the API and according to this VM. */
const takenNames = async (vmId: string, tools: Tools): Promise<string[]> => [
  ...(await linkedNames(tools.cloud, vmId)),
  ...localNames(),
];

/**
 * Requests free names one by one. The API refuses a name that another build has linked since the list was
 * read. A lock serializes only this step among the builds of this VM.
 */
async function linkUnderFreeName(request: LinkRequest, tools: Tools): Promise<string> {
  return await withLock(nameLock(tools), async () => {
    const taken = await takenNames(request.vmId, tools);
    const before = taken.length;
    while (true) {
      const [device] = freeNames(taken);
      if (device === undefined) throw new BuildError('No free device name on this VM');
      try {
        return await link(device, request, tools);
      } catch (error) {
        // More conflicts than a VM can have volumes have another cause than the name.
        if (!isConflict(error) || taken.length - before >= maxVolumes) throw error;
        tools.report.info(`Device name ${device} is in use, trying the next one`);
        taken.push(device);
      }
    }
  });
}

/** Requests the name that the user has set. */
async function linkAs(device: string, request: LinkRequest, tools: Tools): Promise<string> {
  const refusal = (cause?: unknown): BuildError =>
    new BuildError(`device_path: ${device} is in use`, {
      ...(cause === undefined ? {} : { cause }),
      hint: 'Omit device_path to use a free name.',
    });
  const free = freeNames(await takenNames(request.vmId, tools)).map(suffixOf);
  if (!free.includes(suffixOf(device))) throw refusal();
  try {
    return await link(device, request, tools);
  } catch (error) {
    throw isConflict(error) ? refusal(error) : error;
  }
}

async function link(
  device: string,
  { volume, vmId, claim, watch }: LinkRequest,
  tools: Tools,
): Promise<string> {
  tools.ledger.update(claim, { device });
  return await linkVolume(tools.cloud, { volume, vmId, device }, tools.signal, watch);
}
