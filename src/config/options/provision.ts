import { group, option } from '../option.js';
import { list } from '../types/collections.js';
import { fileEntry } from '../types/files.js';
import { path } from '../types/places.js';
import { variables } from '../types/tags.js';
import { text } from '../types/text.js';

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
  env: option(variables, {
    text: "Variables that the scripts see. Nothing else of the runner's environment goes in.",
    default: {},
    otherwise: 'none',
  }),
});
