import type { BuildConfig } from '../config/options/table.js';
import type { SharedPace } from '../fleet/shared-pace.js';
import type { User } from '../host/exec/user.js';

/** Where the builds of a user share their pace, and whether that is fixed, for `connect`. */
export const paceOf = (
  { state_dir, api_rate }: Pick<BuildConfig['running'], 'state_dir' | 'api_rate'>,
  user: User,
): Pick<SharedPace, 'directory' | 'user' | 'rate'> => ({ directory: state_dir, user, rate: api_rate });
