import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { list } from './collections.js';
import { schemaOf } from './schema.js';
import { oneOf } from './text.js';

/** The actions of `seal`, in the order in which they run. */
export const sealActions = [
  'host-keys',
  'machine-id',
  'cloud-init',
  'histories',
  'logs',
  'package-caches',
  'random-seed',
] as const;

/** The name of an action. */
export type SealAction = (typeof sealActions)[number];

const actions = list(oneOf(...sealActions), 'actions');

/** `true` for all actions, `false` for none, or a list of actions. */
export const seal: Type<readonly SealAction[]> = {
  name: 'boolean or list of actions',
  placeholder: 'true|false|actions',
  schema: { anyOf: [{ type: 'boolean' }, schemaOf(actions)] },
  async read(value, notice) {
    if (typeof value === 'string' && /^(true|false)$/i.test(value))
      return value.toLowerCase() === 'true' ? sealActions : [];
    if (typeof value !== 'string' && !Array.isArray(value))
      return refuse('is not a boolean or a list', `write true, or a list of: ${sealActions.join(', ')}`);
    return await actions.read(value, notice);
  },
};
