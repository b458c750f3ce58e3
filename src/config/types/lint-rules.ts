/** The rules of `lint`, by their IDs. The order is that of the reference and of the findings. */
export const lintRules = [
  'ssh-password-login',
  'account-password',
  'ssh-host-keys',
  'machine-id',
  'cloud-init-state',
  'authorized-keys',
  'private-keys',
  'shell-history',
  'credentials',
  'policy-rc-d',
  'resolv-conf',
  'boot-loader',
  'boot-kernel',
  'boot-initramfs',
  'initramfs-drivers',
  'boot-uuid',
  'boot-device-name',
  'first-login',
  'free-space',
  'free-inodes',
] as const;

/** The ID of a rule. */
export type LintRule = (typeof lintRules)[number];
