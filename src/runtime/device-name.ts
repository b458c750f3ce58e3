import { BuildError, describe } from '../common/errors.js';
import { localNames } from '../host/disk/block-devices.js';
import { freeNames, suffixOf } from '../host/disk/device-names.js';
import { withLock } from '../host/lock.js';
import type { Claim } from '../ledger/claims.js';
import { askContested, type Timing } from '../outscale/calls/contested.js';
import { linkedNames, linkVolume } from '../outscale/calls/volume-links.js';
import type { CallWatch } from '../outscale/client/client.js';
import { isConflict, isRefused } from '../outscale/errors.js';
import { nameLock, type Tools } from './tools.js';

/** A request to link a volume to this VM. */
export interface LinkRequest {
  readonly volume: string;
  readonly vmId: string;
  readonly claim: Claim<'attachment'>;
  readonly watch: CallWatch;
}

/**
 * Links a volume under `device_path`, or under a free name when the option is not set.
 * @returns the device name that the API has for the volume
 * @throws BuildError if the name is taken or no name is free; ApiError if the API refuses the link for
 *   another reason.
 */
export async function linkDevice(
  devicePath: string | undefined,
  request: LinkRequest,
  tools: Tools,
  time?: Timing,
): Promise<string> {
  return devicePath === undefined
    ? await linkUnderFreeName(request, tools, time)
    : await linkAs(devicePath, request, tools, time);
}

/** The names in use, according to the API and according to this VM. */
const takenNames = async (vmId: string, tools: Tools): Promise<string[]> => [
  ...(await linkedNames(tools.cloud, vmId)),
  ...localNames(),
];

const isAmong = (device: string, taken: readonly string[]): boolean =>
  taken.map(suffixOf).includes(suffixOf(device));

const isTaken = async (device: string, { vmId }: LinkRequest, tools: Tools): Promise<boolean> =>
  isAmong(device, await takenNames(vmId, tools));

/**
 * The names under which a volume could be linked now, without linking one.
 * @returns `device_path`, or the first free name
 * @throws BuildError if the name is taken or no name is free.
 */
export async function findDeviceName(
  devicePath: string | undefined,
  vmId: string,
  tools: Tools,
): Promise<string> {
  const taken = await takenNames(vmId, tools);
  if (devicePath === undefined) return firstFree(taken);
  if (isAmong(devicePath, taken)) throw nameInUse(devicePath);
  return devicePath;
}

function firstFree(taken: readonly string[]): string {
  const [free] = freeNames(taken);
  if (free === undefined) throw new BuildError('No free device name on this VM');
  return free;
}

const nameInUse = (device: string): BuildError =>
  new BuildError(`device_path: ${device} is in use`, { hint: 'Omit device_path to use a free name.' });

/**
 * Requests free names one by one. A lock serializes each request among the builds of this VM. Their ledgers
 * and the VM tell which names are in use; what else the API has linked, it refuses, and only then it is asked
 * for its list.
 */
async function linkUnderFreeName(request: LinkRequest, tools: Tools, time?: Timing): Promise<string> {
  const taken: string[] = [];
  let device = '';
  const isListed = async (): Promise<boolean> => {
    const names = await takenNames(request.vmId, tools);
    taken.push(...names);
    return isAmong(device, names);
  };
  const next = (why: string): void => {
    taken.push(device);
    tools.report.info(`Device name ${device} ${why}, trying the next one`);
  };
  const ask = async (): Promise<string> => {
    while (true) {
      device = freeName(taken, tools);
      try {
        return await link(device, request, tools);
      } catch (error) {
        // How the API refuses a name in use is not recorded. If not by a conflict, its list decides.
        if (isConflict(error) || !isRefused(error) || !(await isListed())) throw error;
        next('is in use');
      }
    }
  };
  return await askContested(
    {
      ask: async () => await withLock(nameLock(tools), ask),
      isExplained: isListed,
      refused: (error, isExplained) => next(isExplained ? 'is in use' : `was refused (${describe(error)})`),
      signal: tools.signal,
    },
    time,
  );
}

/**
 * A name that neither the VM nor a ledger has. Ledgers only help to choose: they are not checked, and those
 * of other users may name anything.
 */
function freeName(taken: readonly string[], tools: Tools): string {
  const used = [...taken, ...localNames()];
  const [free = firstFree(used)] = freeNames([...used, ...tools.build.devicesInUse()]);
  return free;
}

/** Requests the name that the user has set. */
async function linkAs(device: string, request: LinkRequest, tools: Tools, time?: Timing): Promise<string> {
  return await askContested(
    {
      ask: async () => {
        if (await isTaken(device, request, tools)) throw nameInUse(device);
        return await link(device, request, tools);
      },
      isExplained: async () => await isTaken(device, request, tools),
      signal: tools.signal,
    },
    time,
  );
}

async function link(
  device: string,
  { volume, vmId, claim, watch }: LinkRequest,
  tools: Tools,
): Promise<string> {
  tools.ledger.update(claim, { device });
  return await linkVolume(tools.cloud, { volume, vmId, device }, tools.signal, watch);
}
