import { group, option } from '../kit/option.js';
import { cacheDirectory } from '../types/cache.js';
import { list, variables } from '../types/collections.js';
import { duration } from '../types/duration.js';
import { fileEntry } from '../types/files.js';
import { path } from '../types/path.js';
import { provisioner } from '../types/provisioner.js';
import { boolean } from '../types/scalars.js';
import { size } from '../types/size.js';
import { matching, text } from '../types/text.js';

const shell = matching(/\S/, { kind: 'a shell', example: 'one such as bash -eo pipefail' });

/** The provisioning of the image, in this order. */
export const provision = group({
  files: option(list(fileEntry, 'files'), {
    text: 'Files and directories to copy into the image: `source:destination[:mode[:user]]`, or maps `{source, destination, mode, owner, group}`.',
    default: [],
    otherwise: 'none',
  }),
  scripts: option(list(path, 'paths'), {
    text: 'Paths of scripts on the VM to run inside the chroot, in this order.',
    default: [],
    otherwise: 'none',
  }),
  run: option(text, {
    text: 'Inline script to run inside the chroot after `scripts`, as in `run:` of a workflow step.',
    literal: true,
    otherwise: 'none',
  }),
  shell: option(shell, {
    literal: true,
    text: 'Shell that runs the scripts. A `#!` line in a script overrides it.',
    otherwise: '`bash -eo pipefail` if the image has bash, else `sh -e`',
  }),
  env: option(variables, {
    literal: true,
    text: 'Environment variables of the scripts. No other variable of the runner is passed to them.',
    default: {},
    otherwise: 'none',
    commands: ['build', 'mount', 'shell'],
  }),
  provisioners: option(list(provisioner, 'provisioners'), {
    literal: ['run', 'env', 'name', 'shell', 'content', 'execute_command'],
    text: 'Provisioning steps in a given order: items `{run}`, `{script}` or `{file}`, each with optional `env`, `shell`, `timeout`, `name`, `max_retries` (how often a script that fails is run again) and `valid_exit_codes` (exit codes of a script that count as success). `{file}` can have `content`, a text, instead of `source`. Cannot be combined with `files`, `scripts` or `run`.',
    otherwise: 'none',
  }),
  provision_timeout: option(duration, {
    text: 'Time limit of each script. A script that exceeds it is killed with all its child processes.',
    otherwise: 'none',
  }),
  prevent_service_start: option(boolean, {
    text: 'Prevent packages from starting services during provisioning, with a temporary `policy-rc.d` in images that have `invoke-rc.d`.',
    default: true,
    commands: ['build', 'mount'],
  }),
  cache: option(list(cacheDirectory, 'paths'), {
    text: 'Directories of the image that are kept on the VM between builds, and are not in the image, such as `/var/cache/apt/archives`, `/var/lib/apt/lists` and `/root/.cache`. Builds share them by user, repository and source.',
    otherwise: 'none',
  }),
  cache_size: option(size('16MiB', '1024GiB'), {
    text: 'Maximum size of the caches of a user on the VM, and of the copy that each build uses, such as `2GiB`. The oldest content is removed first.',
    default: 2 * 2 ** 30,
    otherwise: '`2GiB`',
  }),
});
