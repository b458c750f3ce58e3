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
      ? refuse('mounts the image read-only', 'remove ro', written)
      : written;
  },
};
const commands = list(
  matching(/\S/, { kind: 'a command', example: 'a command that is not empty' }),
  'commands',
);
const wrapper = matching(/\{\{\s*\.Command\s*\}\}/, {
  kind: 'a valid command wrapper',
  example: 'a command line that contains {{.Command}}',
  placeholder: 'command',
});

/** Attachment and mount of the root volume, and the mounts of its chroot. */
export const mount = group({
  device_path: option(deviceToAttach, {
    text: 'Device name to attach the volume as. It must not be in use.',
    otherwise: 'the first free device name',
  }),
  nvme_device_path: option(blockDevice, {
    text: 'Block device of the attached volume, instead of the detected one. It must pass the same identity check.',
    otherwise: 'detected',
  }),
  mount_partition: option(partition, {
    text: 'Number of the root partition. `0` is the whole device.',
    default: 'auto',
  }),
  mount_path: option(mountPath, {
    text: 'Directory to mount the volume at. `{{.BuildId}}` is the ID of the build, `{{.Device}}` is the device name without `/dev/`.',
    default: '/mnt/build-omi/{{.BuildId}}/root',
    template: ['Device', 'BuildId'],
  }),
  mount_options: option(list(mountOption, 'options'), {
    text: 'Mount options of the root filesystem. Each is passed to `mount -o`.',
    default: [],
    otherwise: 'none (`nouuid` is always added for XFS)',
  }),
  chroot_mounts: option(list(chrootMount, '3-tuples'), {
    text: 'Mounts inside the chroot, each a list of type (a filesystem type, or `bind`), source and target. The list replaces the default; `[]` mounts nothing.',
    default: defaultMounts,
    otherwise:
      '`[proc,proc,/proc]` `[sysfs,sysfs,/sys]` `[bind,/dev,/dev]` `[devpts,devpts,/dev/pts]` `[binfmt_misc,binfmt_misc,/proc/sys/fs/binfmt_misc]`',
  }),
  copy_files: option(list(absolutePath, 'paths'), {
    text: 'Files of the VM to copy into the chroot during provisioning. The original files are restored afterwards. `[]` copies nothing.',
    otherwise: '`[/etc/resolv.conf]`; none on an empty volume',
  }),
  pre_mount_commands: option(commands, {
    text: 'Commands to run on the VM after the volume is attached and before it is mounted. `{{.Device}}` is the device path, `{{.Device}}1` is partition 1.',
    default: [],
    otherwise: 'none',
    template: ['Device'],
  }),
  post_mount_commands: option(commands, {
    text: 'Commands to run on the VM after the root filesystem is mounted at `{{.MountPath}}`, before anything else is mounted inside it.',
    default: [],
    otherwise: 'none',
    template: ['Device', 'MountPath'],
  }),
  command_wrapper: option(wrapper, {
    text: 'Command line that runs a command as root. `{{.Command}}` is the command as one quoted shell string.',
    otherwise: '`{{.Command}}` if already root, else `sudo -n`',
    commands: ['build', 'mount', 'commit', 'abort', 'shell'],
    template: ['Command'],
  }),
});
