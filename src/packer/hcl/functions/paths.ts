import { basename, dirname, resolve } from 'node:path';
import { toText } from '../values/convert.js';
import type { Hcl } from '../values/value.js';
import { argument, type Functions, fixed } from './define.js';

const path = (args: readonly Hcl[]): string => toText(argument(args, 0));

/** Functions of files and paths. Files below the template's folder and the workspace can be read. */
export const paths: Functions = {
  abspath: fixed(1, (args, { workspace }) => resolve(workspace, path(args))),
  basename: fixed(1, (args) => basename(path(args))),
  dirname: fixed(1, (args) => dirname(path(args))),
  file: fixed(1, (args, { files }) => files.read(path(args))),
  filebase64: fixed(1, (args, { files }) => Buffer.from(files.read(path(args))).toString('base64')),
  fileexists: fixed(1, (args, { files }) => files.exists(path(args)), 'boolean'),
  pathexpand: fixed(1, (args, { environment }) =>
    path(args).replace(/^~(?=\/|$)/, () => environment.HOME ?? '~'),
  ),
};
