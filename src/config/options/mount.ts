import { refuse } from '../kit/issues.js';
import { group, option } from '../kit/option.js';
import { list } from '../types/collections.js';
import { blockDevice, deviceToAttach, partition } from '../types/devices.js';
import { chrootMount, defaultMounts } from '../types/mounts.js';
import { absolutePath, mountPath } from '../types/path.js';
import { matching } from '../types/text.js';

const anyMountOption = matching(/\S/, { kind: 'a mount option', example: 'one such as noatime' });
const mountOption: typeof anyMountOption = {
  ...anyMountOption,
  async read(value) {
    const written = await anyMountOption.read(value);
    return /(^|,)ro(,|$)/.test(written)
      ? refuse('makes the image one that cannot be changed', 'leave ro out', written)
      : written;
  },
};
const commands = list(matching(/\S/, { kind: 'a command', example: 'one that is not empty' }), 'commands');
const wrapper = matching(/\{\{\s*\.Command\s*\}\}/, {
  kind: 'a wrapper of commands',
  example: '{{.Command}} where the command goes',
  placeholder: 'command',
});

/** How the volume is mounted and what its chroot gets. */
export const mount = group({
  device_path: option(deviceToAttach, {
    text: 'Name to attach the volume as; it must be free.',
    otherwise: 'a free one is found',
  }),
  nvme_device_path: option(blockDevice, {
    text: 'Block device to use instead of the one that is found; it must pass the same proof.',
  }),
  mount_partition: option(partition, {
    text: 'Number of the partition that holds `/`; `0` is the whole device.',
    default: 'auto',
  }),
  mount_path: option(mountPath, {
    text: 'Directory that the volume is mounted at. `{{.BuildId}}` is the ID of the build, `{{.Device}}` the name of the disk without `/dev/`.',
    default: '/mnt/build-omi/{{.BuildId}}/root',
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
    otherwise: '`[/etc/resolv.conf]`; from scratch none',
  }),
  pre_mount_commands: option(commands, {
    text: 'Commands of the VM that run after the volume is attached and before it is mounted. `{{.Device}}` is its path, `{{.Device}}1` partition 1.',
    default: [],
    otherwise: 'none',
    template: true,
  }),
  post_mount_commands: option(commands, {
    text: 'Commands of the VM that run after the root is mounted at `{{.MountPath}}`, before anything else is mounted into it.',
    default: [],
    otherwise: 'none',
    template: true,
  }),
  command_wrapper: option(wrapper, {
    text: 'How commands that need root are run; `{{.Command}}` is one quoted shell string.',
    otherwise: '`{{.Command}}` when root, else `sudo -n`',
    commands: ['build', 'mount', 'commit', 'abort'],
    template: true,
  }),
});
