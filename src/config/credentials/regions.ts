import { BuildError } from '../../common/errors.js';
import { findProfile, type Profile } from '../input/profile.js';
import type { ReadContext } from '../kit/context.js';
import { endpointOf } from '../kit/endpoint.js';
import { ConfigError, InvalidValueError, issueOf } from '../kit/issues.js';
import type { RegionEntry } from '../types/region.js';
import { pair } from './credentials.js';
import type { Credentials } from './types.js';

/** A region of `omi_regions`, with its endpoint and, if it has keys of its own, those. */
export interface RegionAccess {
  readonly region: string;
  readonly endpoint: string;
  readonly keys: Credentials | undefined;
}

/**
 * The access to the regions of `omi_regions`: keys and endpoint of the entry, else of its profile. Without
 * keys of its own, a region is used with those of the build.
 * @throws BuildError for a profile without a pair of keys; ConfigError for one that does not exist
 */
export function accessOf(entries: readonly RegionEntry[], context: ReadContext): RegionAccess[] {
  return entries.map(({ region, access_key, secret_key, profile: chosen, custom_endpoint_oapi: custom }) => {
    const label = `omi_regions, ${region}`;
    const profile = chosen === undefined ? undefined : profileOf(chosen, label, context);
    const keys =
      pair(label, ['access_key', access_key], ['secret_key', secret_key]) ??
      (profile === undefined ? undefined : keysOf(profile, label));
    return { region, endpoint: endpointOf(custom ?? profile?.field('endpoints.api'), region), keys };
  });
}

function profileOf(name: string, label: string, context: ReadContext): Profile {
  try {
    return findProfile(name, context);
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new ConfigError(error.invalid.map((one) => issueOf(`${label}, profile`, one)));
  }
}

function keysOf(profile: Profile, label: string): Credentials {
  const field = (name: string) => [name, profile.field(name)] as const;
  const keys = pair(profile.label, field('access_key'), field('secret_key'));
  if (keys !== undefined) return keys;
  throw new BuildError(`${label}: ${profile.label} has no keys`, {
    hint: 'Set access_key and secret_key in that profile.',
  });
}
