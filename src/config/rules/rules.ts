import type { Issue } from '../kit/issues.js';
import { kebab } from '../kit/option.js';
import type { PartialConfig } from '../options/table.js';
import type { RuleContext } from './context.js';
import { checkDevices } from './devices.js';
import { isKnownRegion, regions } from './regions.js';
import { checkSource } from './source.js';

/** What no option can tell alone. */
export function checkTogether(config: PartialConfig, context: RuleContext): Issue[] {
  const { given, found } = context;
  return [
    ...together(given, 'access_key', 'secret_key'),
    ...together((name) => found(name) !== undefined, 'x509_cert_path', 'x509_key_path'),
    ...tokenAlone(context),
    ...unknownRegion(config, context),
    ...(context.command === 'build' || context.command === 'mount' ? checkSource(config, context) : []),
    ...whichBuild(context),
    ...checkDevices(config, context),
    ...twoOrders(context),
  ];
}

/** What goes on with a build has to be told which. */
const whichBuild = ({ command, given }: RuleContext): Issue[] =>
  (command === 'commit' || command === 'abort') && !given('build_id')
    ? [{ option: 'build-id', problem: 'is missing', fix: 'write the build-id that mount gave' }]
    : [];

function together(there: (name: string) => boolean, one: string, other: string): Issue[] {
  if (there(one) === there(other)) return [];
  const [has, missing] = there(one) ? [one, other] : [other, one];
  return [{ option: kebab(missing), problem: `is missing beside ${kebab(has)}`, fix: 'give both or none' }];
}

function tokenAlone({ given, called }: RuleContext): Issue[] {
  if (!given('token') || given('access_key') || given('secret_key')) return [];
  return [
    {
      option: called('token'),
      problem: 'is given without its keys',
      fix: 'give access-key and secret-key as well',
    },
  ];
}

/** With an endpoint of somebody else, or when told so, a region can have any name. */
function unknownRegion({ access }: PartialConfig, { found, called }: RuleContext): Issue[] {
  const region = access?.region;
  const free = found('custom_endpoint_oapi') !== undefined || access?.skip_region_validation;
  if (region === undefined || free || isKnownRegion(region)) return [];
  return [
    {
      option: called('region'),
      problem: `${JSON.stringify(region)} is no region of Outscale`,
      fix: `write one of ${regions.join(', ')}, or set skip-region-validation`,
    },
  ];
}

/** `provisioners` has its own order, the others have theirs. */
function twoOrders({ given, called }: RuleContext): Issue[] {
  const others = ['files', 'scripts', 'run'].filter(given).map(called);
  if (!given('provisioners') || others.length === 0) return [];
  return [
    {
      option: called('provisioners'),
      problem: `is given beside ${others.join(', ')}`,
      fix: 'put all of it into provisioners',
    },
  ];
}
