import { group, option } from '../option.js';
import { list } from '../types/collections.js';
import { chrootMount, defaultMounts } from '../types/mounts.js';
import { absolutePath, mountPath } from '../types/places.js';
import { matching } from '../types/text.js';

const mountOption = matching(/\S/, { kind: 'a mount option', example: 'one such as noatime' });

/** How the volume is mounted and what its chroot gets. */
export const mount = group({
  mount_path: option(mountPath, {
    text: 'Directory that the volume is mounted at. `{{.BuildId}}` is the ID of the build, `{{.Device}}` the name of the disk without `/dev/`.',
    default: '/mnt/build-omi/{{.BuildId}}',
    template: true,
  }),
  mount_options: option(list(mountOption, 'options'), {
    text: 'Options for mounting the root filesystem, each passed as `-o`.',
    default: [],
    otherwise: 'none; `nouuid` is added for xfs',
  }),
  chroot_mounts: option(list(chrootMount, '3-tuples'), {
    text: 'What is mounted into the chroot: type (`bind` binds), source, place. It replaces the default; `[]` mounts nothing.',
    default: defaultMounts,
    otherwise:
      '`[proc,proc,/proc]` `[sysfs,sysfs,/sys]` `[bind,/dev,/dev]` `[devpts,devpts,/dev/pts]` `[binfmt_misc,binfmt_misc,/proc/sys/fs/binfmt_misc]`',
  }),
  copy_files: option(list(absolutePath, 'paths'), {
    text: 'Files of the VM that the chroot has while it is provisioned; afterwards each place is as it was. `[]` lends none.',
    default: ['/etc/resolv.conf'],
    otherwise: '`[/etc/resolv.conf]`',
  }),
});
