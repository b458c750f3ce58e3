import { group, option } from '../kit/option.js';
import { list, variables } from '../types/collections.js';
import { duration } from '../types/duration.js';
import { fileEntry } from '../types/files.js';
import { path } from '../types/path.js';
import { provisioner } from '../types/provisioner.js';
import { boolean } from '../types/scalars.js';
import { matching, text } from '../types/text.js';

const shell = matching(/\S/, { kind: 'a shell', example: 'one such as bash -eo pipefail' });

/** What is done inside the image, in this order. */
export const provision = group({
  files: option(list(fileEntry, 'files'), {
    text: 'Files and directories that go into the image to stay: `source:destination[:mode[:user]]`, or maps `{source, destination, mode, owner, group}`.',
    default: [],
    otherwise: 'none',
  }),
  scripts: option(list(path, 'paths'), {
    text: 'Scripts of the runner, run inside the chroot in this order.',
    default: [],
    otherwise: 'none',
  }),
  run: option(text, {
    text: "Script that is run inside the chroot after `scripts`, written as in a workflow's `run:`.",
  }),
  shell: option(shell, {
    text: 'What scripts are run by; a `#!` line wins.',
    otherwise: '`bash -eo pipefail` where the image has bash, else `sh -e`',
  }),
  env: option(variables, {
    text: "Variables that the scripts see. Nothing else of the runner's environment goes in.",
    default: {},
    otherwise: 'none',
    commands: ['build', 'mount'],
  }),
  provisioners: option(list(provisioner, 'provisioners'), {
    text: 'Work inside the image where its order matters: items `{run}`, `{script}` or `{file}`, each with its own `env`, `shell`, `timeout`, `name`. It takes the place of `files`, `scripts` and `run`.',
    otherwise: 'none',
  }),
  provision_timeout: option(duration, {
    text: 'A script that takes longer is killed with all it started.',
    otherwise: 'none',
  }),
  prevent_service_start: option(boolean, {
    text: 'Keep packages from starting services while provisioning, by a `policy-rc.d` that is lent to images with `invoke-rc.d`.',
    default: true,
    commands: ['build', 'mount'],
  }),
});
