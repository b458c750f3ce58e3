import { dateParts } from './date-parts.js';
import { dates } from './dates.js';
import type { Functions } from './define.js';
import { encodings } from './encodings.js';
import { environment } from './environment.js';
import { formats } from './format.js';
import { hashes } from './hashes.js';
import { lists } from './lists.js';
import { maps } from './maps.js';
import { networks } from './networks.js';
import { numbers } from './numbers.js';
import { paths } from './paths.js';
import { regular } from './regular.js';
import { strings } from './strings.js';
import { yamls } from './yaml.js';

/**
 * Every function but `can`, `convert`, `templatefile` and `try`, which evaluate their arguments themselves.
 */
export const functions: Functions = {
  ...dateParts,
  ...dates,
  ...encodings,
  ...environment,
  ...formats,
  ...hashes,
  ...lists,
  ...maps,
  ...networks,
  ...numbers,
  ...paths,
  ...regular,
  ...strings,
  ...yamls,
};

const earlierStep = 'read the value in an earlier step of the workflow, and pass it in the input variables';

/** Functions of Packer that are not supported, with the alternative. */
export const refusedFunctions: Readonly<Record<string, string>> = {
  aws_secretsmanager: earlierStep,
  aws_secretsmanager_raw: earlierStep,
  bcrypt: earlierStep,
  consul_key: earlierStep,
  fileset: 'write the paths, or copy the directory',
  rsadecrypt: earlierStep,
  vault: earlierStep,
};
