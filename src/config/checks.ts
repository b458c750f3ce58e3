import type { Mistake } from './mistake.js';
import { kebab } from './names.js';
import { isKnownRegion, regions } from './regions.js';

/** The text of an option, wherever it was found. */
type Found = (name: string) => string | undefined;

/**
 * What no option can tell alone.
 * @param given the text of an option that the user wrote
 * @param found the same, or what variables or the profile say
 */
export function checkTogether(given: Found, found: Found): Mistake[] {
  return [
    ...together(given, 'access_key', 'secret_key'),
    ...together(found, 'x509_cert_path', 'x509_key_path'),
    ...tokenAlone(given),
    ...unknownRegion(found),
  ];
}

function together(text: Found, one: string, other: string): Mistake[] {
  const [there, missing] = text(one) === undefined ? [other, one] : [one, other];
  if (text(there) === undefined || text(missing) !== undefined) return [];
  return [{ option: kebab(missing), wrong: `is missing beside ${kebab(there)}`, right: 'give both or none' }];
}

function tokenAlone(given: Found): Mistake[] {
  if (given('token') === undefined || given('access_key') !== undefined || given('secret_key') !== undefined)
    return [];
  return [
    {
      option: 'token',
      wrong: 'is given without its keys',
      right: 'give access-key and secret-key as well',
    },
  ];
}

/** With an endpoint of somebody else, or when told so, a region can have any name. */
function unknownRegion(found: Found): Mistake[] {
  const region = found('region');
  const free =
    found('custom_endpoint_oapi') ?? (/^true$/i.test(found('skip_region_validation') ?? '') || undefined);
  if (region === undefined || free !== undefined || isKnownRegion(region)) return [];
  return [
    {
      option: 'region',
      wrong: `${JSON.stringify(region)} is no region of Outscale`,
      right: `write one of ${regions.join(', ')}, or set skip-region-validation`,
    },
  ];
}
