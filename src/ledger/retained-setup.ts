import type { BuildConfig } from '../config/options/table.js';

/**
 * How the chroot of a failed build was set up, in the options of the build: `shell` sets it up again. The
 * ledger stores these field names, and never the value of a variable.
 */
export interface RetainedSetup
  extends Pick<BuildConfig['mount'], 'chroot_mounts' | 'copy_files'>,
    Pick<BuildConfig['provision'], 'prevent_service_start' | 'shell'>,
    Pick<BuildConfig['source'], 'from_scratch'>,
    Pick<BuildConfig['running'], 'keep_for'> {
  /** The names of the variables of `env`. */
  readonly env: readonly string[];
  /** Whether the build had `pre_mount_commands` or `post_mount_commands`. */
  readonly mount_commands: boolean;
}

/** The setup of a build with these options. */
export const retainedSetup = ({
  mount,
  provision,
  source,
  running,
}: Pick<BuildConfig, 'mount' | 'provision' | 'source' | 'running'>): RetainedSetup => ({
  chroot_mounts: mount.chroot_mounts,
  copy_files: mount.copy_files,
  prevent_service_start: provision.prevent_service_start,
  shell: provision.shell,
  from_scratch: source.from_scratch,
  keep_for: running.keep_for,
  env: Object.keys(provision.env),
  mount_commands: mount.pre_mount_commands.length + mount.post_mount_commands.length > 0,
});

/** The setup that a ledger stores; undefined if it has none, as ledgers of older versions. */
export const retainedSetupFrom = (stored: object | undefined): RetainedSetup | undefined =>
  isSetup(stored) ? stored : undefined;

/** The ledger belongs to the same user, so checking for the properties suffices. */
const isSetup = (value: object | undefined): value is RetainedSetup =>
  value !== undefined &&
  ['chroot_mounts', 'prevent_service_start', 'from_scratch', 'keep_for', 'env'].every((key) => key in value);
