import type { Mistake } from '../kit/issues.js';
import { kebab } from '../kit/names.js';
import type { CommandName } from '../kit/option.js';
import type { PartialConfig } from '../options/table.js';
import { checkDevices } from './devices.js';
import { isKnownRegion, regions } from './regions.js';
import { checkSource } from './source.js';

export interface Looks {
  readonly command: CommandName;
  /** Whether the user wrote it. */
  readonly given: (name: string) => boolean;
  /** What the user wrote if it is text, or else what variables or the profile say. */
  readonly found: (name: string) => string | undefined;
  /** How an option is named in messages, with the place where it was found. */
  readonly called: (name: string) => string;
}

/** What no option can tell alone. */
export function checkTogether(config: PartialConfig, looks: Looks): Mistake[] {
  const { given, found } = looks;
  return [
    ...together(given, 'access_key', 'secret_key'),
    ...together((name) => found(name) !== undefined, 'x509_cert_path', 'x509_key_path'),
    ...tokenAlone(looks),
    ...unknownRegion(config, looks),
    ...(looks.command === 'build' || looks.command === 'mount' ? checkSource(config, looks) : []),
    ...whichBuild(looks),
    ...checkDevices(config, looks),
    ...twoOrders(looks),
  ];
}

/** What goes on with a build has to be told which. */
const whichBuild = ({ command, given }: Looks): Mistake[] =>
  (command === 'commit' || command === 'abort') && !given('build_id')
    ? [{ option: 'build-id', wrong: 'is missing', right: 'write the build-id that mount gave' }]
    : [];

function together(there: (name: string) => boolean, one: string, other: string): Mistake[] {
  if (there(one) === there(other)) return [];
  const [has, missing] = there(one) ? [one, other] : [other, one];
  return [{ option: kebab(missing), wrong: `is missing beside ${kebab(has)}`, right: 'give both or none' }];
}

function tokenAlone({ given, called }: Looks): Mistake[] {
  if (!given('token') || given('access_key') || given('secret_key')) return [];
  return [
    {
      option: called('token'),
      wrong: 'is given without its keys',
      right: 'give access-key and secret-key as well',
    },
  ];
}

/** With an endpoint of somebody else, or when told so, a region can have any name. */
function unknownRegion({ access }: PartialConfig, { found, called }: Looks): Mistake[] {
  const region = access?.region;
  const free = found('custom_endpoint_oapi') !== undefined || access?.skip_region_validation;
  if (region === undefined || free || isKnownRegion(region)) return [];
  return [
    {
      option: called('region'),
      wrong: `${JSON.stringify(region)} is no region of Outscale`,
      right: `write one of ${regions.join(', ')}, or set skip-region-validation`,
    },
  ];
}

/** `provisioners` has its own order, the others have theirs. */
function twoOrders({ given, called }: Looks): Mistake[] {
  const others = ['files', 'scripts', 'run'].filter(given).map(called);
  if (!given('provisioners') || others.length === 0) return [];
  return [
    {
      option: called('provisioners'),
      wrong: `is given beside ${others.join(', ')}`,
      right: 'put all of it into provisioners',
    },
  ];
}
