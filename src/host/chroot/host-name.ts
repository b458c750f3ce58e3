import type { ImageTree } from '../image/image-fs.js';

/** A host name as gethostname(2) returns it: at most 64 characters (HOST_NAME_MAX). */
const valid = /^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$/i;

/**
 * The host name that programs in an image see, instead of the name of the VM: that of its /etc/hostname
 * (hostname(5)), else `localhost`. Programs write the host name into files, for example ssh-keygen into keys.
 */
export function hostNameOf(tree: ImageTree): string {
  const lines = tree.read('/etc/hostname')?.toString().split('\n') ?? [];
  const name = lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#'));
  return name !== undefined && valid.test(name) ? name : 'localhost';
}
