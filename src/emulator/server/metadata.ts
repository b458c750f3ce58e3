import type { Cloud } from '../resources/context.js';
import { hostName, macAddress, privateIp, vmType } from '../resources/network.js';
import { linked } from '../resources/volume-links.js';

/**
 * The VM's metadata at a path below `/latest/meta-data/` (user guide, "Accessing the metadata and user data
 * of a VM"); undefined if the path does not exist.
 */
export function metadata(path: string, cloud: Cloud): string | undefined {
  const { vm } = cloud.world;
  const disks = blockDevices(cloud);
  const texts = new Map([
    [
      '',
      'ami-id\nblock-device-mapping/\nhostname\ninstance-id\ninstance-type\nlocal-hostname\nlocal-ipv4\nmac\nplacement/\ntags/',
    ],
    ['ami-id', vm.image],
    ['hostname', hostName(vm)],
    ['instance-id', vm.id],
    ['instance-type', vmType],
    ['local-hostname', hostName(vm)],
    ['local-ipv4', privateIp(vm)],
    ['mac', macAddress(vm)],
    ['placement', 'availability-zone\ncluster'],
    ['placement/cluster', 'emulator'],
    ['placement/availability-zone', vm.subregion],
    ['tags', Object.keys(vm.tags).join('\n')],
    ...Object.entries(vm.tags).map(([key, value]): [string, string] => [`tags/${key}`, value]),
    ['block-device-mapping', [...disks.keys()].join('\n')],
    ...[...disks].map(([name, device]): [string, string] => [`block-device-mapping/${name}`, device]),
  ]);
  return texts.get(path.replace(/^\/|\/$/g, ''));
}

/** The root under `ami` and `root`, the others under `ebsN`. */
function blockDevices(cloud: Cloud): Map<string, string> {
  const others = linked(cloud).filter(({ link }) => !link.root);
  return new Map([
    ['ami', '/dev/sda1'],
    ['root', '/dev/sda1'],
    ...others.map(({ link }, index): [string, string] => [`ebs${index + 1}`, link.device]),
  ]);
}
