import { entriesOf } from '../../host/image/entries.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import { keyFilesOf } from './accounts.js';
import type { LintedImage, Problem } from './types.js';

/** The host keys of sshd, private and public. */
export const hostKeysOf = (tree: ImageTree): string[] =>
  entriesOf(tree, '/etc/ssh', (name) => /^ssh_host_.*key(\.pub)?$/.test(name)).map(
    ({ name }) => `/etc/ssh/${name}`,
  );

/** All VMs of the image would have the same host keys, known to everybody who can launch it. */
export const hostKeys = ({ tree }: LintedImage): Problem[] =>
  hostKeysOf(tree)
    .filter((path) => !path.endsWith('.pub'))
    .map((file) => ({ file, problem: 'is a host key that all VMs of the OMI share' }));

/** machine-id(5): an empty file, or `uninitialized`, gets an ID at the first boot. */
export const machineId = ({ tree }: LintedImage): Problem[] =>
  ['/etc/machine-id', '/var/lib/dbus/machine-id']
    .filter((path) => tree.lstat(path)?.isSymbolicLink() !== true)
    .filter((path) => /^[0-9a-f]{32}$/.test(tree.read(path)?.toString('latin1').trim() ?? ''))
    .map((file) => ({ file, problem: 'contains an ID that all VMs of the OMI share' }));

export const cloudInitState = '/var/lib/cloud';

/** State of cloud-init that a new VM does not need, and that contains the user data of an earlier one. */
export const cloudInit = ({ tree }: LintedImage): Problem[] =>
  entriesOf(tree, `${cloudInitState}/instances`).length > 0
    ? [
        {
          file: `${cloudInitState}/instances`,
          problem: 'contains the state and user data of an earlier instance',
        },
      ]
    : [];

/** Programs that get SSH keys or users from the metadata or user data of a VM. */
const agents = [
  '/usr/bin/cloud-init',
  '/usr/local/bin/cloud-init',
  '/usr/bin/afterburn',
  '/usr/lib/dracut/modules.d/30ignition',
  '/usr/bin/tiny-cloud',
  '/usr/sbin/tiny-cloud',
  '/sbin/tiny-cloud',
  '/etc/init.d/tiny-cloud',
] as const;

/** Without them no user can log in, unless the image has keys of its own. */
export const firstLogin = ({ tree }: LintedImage): Problem[] =>
  agents.some((path) => tree.stat(path) !== undefined) || keyFilesOf(tree).length > 0
    ? []
    : [{ file: '/usr/bin/cloud-init', problem: 'is missing, and nothing else gets the SSH key of a new VM' }];
