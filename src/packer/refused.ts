/** Provisioners that a build does not have, with the way to do the same. */
const refusedProvisioners: readonly (readonly [type: RegExp, fix: string])[] = [
  [
    /^shell-local$/,
    'write a step of the workflow before or after build-omi, or between its actions mount and commit',
  ],
  [
    /^ansible$/,
    'run ansible-playbook with the chroot connection in a step between the actions mount and commit',
  ],
  [/^ansible-local$/, 'install and start Ansible in a shell provisioner'],
  [/^(powershell|windows-)/, 'remove it: the chroot method builds Linux images'],
  [
    /^(chef|puppet|salt|converge|inspec)/,
    'start it in a shell provisioner, or in a step between mount and commit',
  ],
];

/** What to do instead of a provisioner of this type. */
export const insteadOfProvisioner = (type: string): string =>
  refusedProvisioners.find(([pattern]) => pattern.test(type))?.[1] ??
  'write shell, file, sleep or breakpoint; for anything else, use a step between the actions mount and commit';

/** What to do instead of a post-processor of this type. */
export const insteadOfPostProcessor = (type: string): string =>
  type === 'shell-local' || type === 'checksum'
    ? 'write a step of the workflow after build-omi'
    : 'remove it, and write a step of the workflow after build-omi; only manifest is supported';
