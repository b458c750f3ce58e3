import type { Mistake } from './mistake.js';
import { kebab } from './names.js';
import { isKnownRegion, regions } from './regions.js';

/** The text of an option. */
type Text = (name: string) => string | undefined;

export interface Looks {
  /** What the user wrote. */
  readonly given: Text;
  /** The same, or else what variables or the profile say. */
  readonly found: Text;
  /** How an option is named in messages, with the place where it was found. */
  readonly called: (name: string) => string;
}

/** What no option can tell alone. */
export function checkTogether({ given, found, called }: Looks): Mistake[] {
  return [
    ...together(given, 'access_key', 'secret_key'),
    ...together(found, 'x509_cert_path', 'x509_key_path'),
    ...tokenAlone(given),
    ...noSource(given),
    ...unknownRegion(found, called('region')),
  ];
}

function together(text: Text, one: string, other: string): Mistake[] {
  const [there, missing] = text(one) === undefined ? [other, one] : [one, other];
  if (text(there) === undefined || text(missing) !== undefined) return [];
  return [{ option: kebab(missing), wrong: `is missing beside ${kebab(there)}`, right: 'give both or none' }];
}

function tokenAlone(given: Text): Mistake[] {
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

function noSource(given: Text): Mistake[] {
  if (given('source_omi') !== undefined) return [];
  return [
    { option: 'source-omi', wrong: 'is missing', right: 'write the ID of an OMI, such as ami-12345678' },
  ];
}

/** With an endpoint of somebody else, or when told so, a region can have any name. */
function unknownRegion(found: Text, option: string): Mistake[] {
  const region = found('region');
  const free =
    found('custom_endpoint_oapi') !== undefined || /^true$/i.test(found('skip_region_validation') ?? '');
  if (region === undefined || free || isKnownRegion(region)) return [];
  return [
    {
      option,
      wrong: `${JSON.stringify(region)} is no region of Outscale`,
      right: `write one of ${regions.join(', ')}, or set skip-region-validation`,
    },
  ];
}
