import { BuildError } from '../../common/errors.js';
import { findProfile } from '../input/profile.js';
import { type Environment, type ReadContext, variable } from '../kit/context.js';
import type { BuildConfig } from '../options/table.js';
import { roleCredentials } from './role.js';
import type { Credentials } from './types.js';

type Access = Pick<
  BuildConfig['access'],
  'access_key' | 'secret_key' | 'token' | 'profile' | 'metadata_endpoint'
>;

/** One source of credentials; undefined if it has none. */
type Source = (
  access: Access,
  context: ReadContext,
) => Credentials | undefined | Promise<Credentials | undefined>;

/** The sources in order of priority; the first one with any key is used. */
const sources: readonly Source[] = [
  ({ access_key, secret_key, token }) =>
    pair('the options', ['access-key', access_key], ['secret-key', secret_key], token),
  ({ profile }, context) => (profile === undefined ? undefined : fromProfile(profile, context)),
  (_, { environment }) => fromVariables(environment, 'OSC_ACCESS_KEY', 'OSC_SECRET_KEY'),
  (_, { environment }) => fromVariables(environment, 'OUTSCALE_ACCESSKEYID', 'OUTSCALE_SECRETKEYID'),
  ({ profile }, context) => fromProfile(profile, context),
  async ({ metadata_endpoint }, context) => await roleCredentials(metadata_endpoint, context),
];

/**
 * Finds the access key pair in the options (which include a profile set as option), the `OSC_…` variables,
 * the `OUTSCALE_…` variables, the shared credentials file, or the role of this VM, in this order. Access key,
 * secret key and token always come from the same source.
 * @throws BuildError if a source has only half of a pair, or no source has any key
 */
export async function findCredentials(access: Access, context: ReadContext): Promise<Credentials> {
  for (const source of sources) {
    const found = await source(access, context);
    if (found) return found;
  }
  throw new BuildError('No credentials found for the Outscale API.', {
    hint: 'Set access-key and secret-key, set OSC_ACCESS_KEY and OSC_SECRET_KEY, or add a profile to ~/.osc/config.json.',
  });
}

type Named = readonly [name: string, value: string | undefined];

export function pair(from: string, key: Named, secret: Named, token?: string): Credentials | undefined {
  const [accessKey, secretKey] = [key[1], secret[1]];
  if (accessKey !== undefined && secretKey !== undefined)
    return { accessKey, secretKey, from, ...(token === undefined ? {} : { sessionToken: token }) };
  if (accessKey === undefined && secretKey === undefined) return undefined;
  const [present, missing] = accessKey === undefined ? [secret[0], key[0]] : [key[0], secret[0]];
  throw new BuildError(`${present} is set in ${from}, but ${missing} is not.`, {
    hint: `Set ${missing} in the same place, or remove ${present}.`,
  });
}

function fromVariables(environment: Environment, key: string, secret: string): Credentials | undefined {
  return pair('the environment', [key, variable(environment, key)], [secret, variable(environment, secret)]);
}

function fromProfile(chosen: string | undefined, context: ReadContext): Credentials | undefined {
  const profile = findProfile(chosen, context);
  const named = (field: string): Named => [field, profile.field(field)];
  return pair(profile.label, named('access_key'), named('secret_key'));
}
