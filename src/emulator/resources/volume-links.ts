import type { RequestOf, ResponseOf } from '../../outscale/api.js';
import {
  conflict,
  invalid,
  noSuch,
  parameterCodes,
  tooManyVolumes,
  wrongState,
  wrongVolumeState,
} from '../model/errors.js';
import type { StoredLink, StoredVm, StoredVolume } from '../model/world.js';
import { isDeviceName, linkPath } from '../storage/device-links.js';
import type { Job } from '../storage/jobs.js';
import { attachLoop, detachLoop, loopOf } from '../storage/loop-devices.js';
import { tidy } from '../storage/tidy.js';
import { type Call, type Cloud, own } from './context.js';
import { linkState, volumeState } from './states.js';

/** "A VM holds 40 volumes, its root among them" (user guide). */
const most = 40;

/** The volumes that are linked to a VM. */
export const linked = ({ world }: Cloud): { volume: StoredVolume; link: StoredLink }[] =>
  Object.values(world.volumes).flatMap((volume) => (volume.link ? [{ volume, link: volume.link }] : []));

/**
 * The VMs of the account: this machine, and the neighbour, whose disks are loop devices of this machine too.
 */
export const vms = ({ world, settings: { neighbour } }: Cloud): StoredVm[] =>
  neighbour === undefined ? [world.vm] : [world.vm, { ...world.vm, id: neighbour, tags: {} }];

/** "The volume and the VM must be in the same Subregion." The device name is reserved immediately. */
export const linkVolume: Call<RequestOf<'LinkVolume'>, ResponseOf<'LinkVolume'>> = (
  request,
  caller,
  cloud,
) => {
  const { world, settings, links, disks } = cloud;
  const { DeviceName: device } = request;
  const vm = vms(cloud).find(({ id }) => id === request.VmId);
  if (vm?.account !== caller.account) throw noSuch(request.VmId);
  const volume = own(cloud, 'volumes', request.VolumeId, caller);
  if (!isDeviceName(device) && device !== '/dev/sda1')
    throw invalid(
      'DeviceName',
      `'${device}' is not /dev/sdX, /dev/sdXX, /dev/xvdX or /dev/xvdXX`,
      parameterCodes.device,
    );
  const state = volumeState(volume, caller.now, settings.latency);
  if (state !== 'available') throw wrongVolumeState(volume.id, state, 'available');
  if (volume.subregion !== world.vm.subregion)
    throw invalid('VolumeId', `'${volume.id}' is in ${volume.subregion}, the VM in ${world.vm.subregion}`);
  const held = linked(cloud);
  if (held.length >= most) throw tooManyVolumes(`A VM holds at most ${most} volumes.`);
  if (held.some(({ link }) => link.device === device))
    throw conflict(`The device name '${device}' is already in use.`);
  links.check(device);
  return () => {
    links.claim(device, disks.file(volume.id));
    volume.link = { device, vm: vm.id, since: caller.now, deleteOnVmDeletion: false };
    return {};
  };
};

/**
 * "Detaches a Block Storage Unit (BSU) volume from a virtual machine (VM). To detach the root device of a VM,
 * this VM must be stopped." `ForceUnlink` is accepted without effect: a mounted volume is never detached.
 */
export const unlinkVolume: Call<RequestOf<'UnlinkVolume'>, ResponseOf<'UnlinkVolume'>> = (
  request,
  caller,
  cloud,
) => {
  const { link, id } = own(cloud, 'volumes', request.VolumeId, caller);
  if (!link) throw conflict(`'${id}' is not attached.`);
  if (link.root) throw wrongState(cloud.world.vm.id, 'running', 'stopped to detach its root');
  const state = linkState(link, caller.now, cloud.settings.latency);
  const isRepeated = state === 'detaching' && request.ForceUnlink;
  if (state !== 'attached' && !isRepeated) throw conflict(`'${id}' is '${state}' and not attached.`);
  return () => {
    link.unlinked ??= caller.now;
    return {};
  };
};

/** The pending jobs of loop devices and their links. */
export function linkJobs(cloud: Cloud): Job[] {
  const { links, disks, settings } = cloud;
  return linked(cloud).flatMap(({ volume, link }): Job[] => {
    const { id } = volume;
    const file = disks.file(id);
    if (link.unlinked !== undefined) {
      const run = async (): Promise<boolean> => {
        if (!(await detachLoop(file, () => links.park(link.device, file)))) return false;
        links.release(link.device, file);
        delete volume.link;
        return true;
      };
      return [{ id, at: link.unlinked + settings.latency, run, failed: complain(id) }];
    }
    if (link.attached !== undefined) return [];
    const run = async (): Promise<boolean> => {
      links.claim(link.device, file);
      links.point(link.device, await attachLoop(file));
      link.attached = Date.now();
      return true;
    };
    const failed = (why: string): void => {
      complain(id)(why);
      if (loopOf(file) !== undefined) return;
      links.release(link.device, file);
      delete volume.link;
    };
    return [{ id, at: link.since, run, failed }];
  });
}

/**
 * Restores /dev from the stored state when an emulator starts. After a reboot, volumes must be attached
 * again; after a kill, there may be devices and links that the state does not contain.
 */
export async function restoreLinks(cloud: Cloud, directory: string): Promise<void> {
  const { disks, links } = cloud;
  const attached = linked(cloud).filter(({ link }) => !link.root);
  for (const { volume, link } of attached)
    if (loopOf(disks.file(volume.id)) === undefined) delete link.attached;
  await tidy(directory, {
    files: new Set(attached.map(({ volume }) => disks.file(volume.id))),
    links: new Set(attached.map(({ link }) => linkPath(links.naming, link.device))),
  });
}

const complain = (id: string) => (why: string) => console.error(`emulator: ${id}: ${why}`);
