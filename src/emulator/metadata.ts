import type { Cloud } from './cloud.js';
import { linked } from './links.js';

/**
 * What the VM's metadata service says at a path below `/latest/meta-data/` (user guide, "Accessing the metadata
 * and user data of a VM"), or undefined where it says nothing.
 */
export function metadata(path: string, cloud: Cloud): string | undefined {
  const { vm } = cloud.world;
  const disks = blockDevices(cloud);
  const texts = new Map([
    ['', 'ami-id\nblock-device-mapping/\ninstance-id\nplacement/'],
    ['ami-id', vm.image],
    ['instance-id', vm.id],
    ['placement', 'availability-zone'],
    ['placement/availability-zone', vm.subregion],
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
