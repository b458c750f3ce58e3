import type { Issue } from '../kit/issues.js';
import { kebab } from '../kit/option.js';
import type { PartialConfig } from '../options/table.js';
import { checkCache } from './cache.js';
import type { RuleContext } from './context.js';
import { checkCopies } from './copies.js';
import { checkDevices } from './devices.js';
import { isKnownRegion, regions } from './regions.js';
import { checkRetention } from './retention.js';
import { checkReuse } from './reuse.js';
import { checkSource } from './source.js';

/** Checks the rules that involve more than one option. */
export function checkTogether(config: PartialConfig, context: RuleContext): Issue[] {
  const { given, found } = context;
  return [
    ...bothOrNeither(given, 'access_key', 'secret_key'),
    ...bothOrNeither((name) => found(name) !== undefined, 'x509_cert_path', 'x509_key_path'),
    ...tokenWithoutKeys(context),
    ...unknownRegion(config, context),
    ...(context.command === 'build' || context.command === 'mount' ? checkSource(config, context) : []),
    ...missingBuildId(context),
    ...checkDevices(config, context),
    ...conflictingProvisioners(context),
    ...checkReuse(config, context),
    ...checkCache(config, context),
    ...checkRetention(config, context),
    ...checkCopies(config, context),
  ];
}

/** abort and shell need the ID of the build; commit finds that of its job or shell. */
const missingBuildId = ({ command, given }: RuleContext): Issue[] => {
  if ((command !== 'abort' && command !== 'shell') || given('build_id')) return [];
  const fix = `write the build-id output of ${command === 'abort' ? 'mount' : 'the failed build'}`;
  return [{ option: 'build-id', problem: 'is missing', fix }];
};

function bothOrNeither(isSet: (name: string) => boolean, one: string, other: string): Issue[] {
  if (isSet(one) === isSet(other)) return [];
  const [present, missing] = isSet(one) ? [one, other] : [other, one];
  return [
    { option: kebab(missing), problem: `is required with ${kebab(present)}`, fix: 'set both or neither' },
  ];
}

function tokenWithoutKeys({ given, called }: RuleContext): Issue[] {
  if (!given('token') || given('access_key') || given('secret_key')) return [];
  return [
    {
      option: called('token'),
      problem: 'is set without access keys',
      fix: 'set access-key and secret-key as well',
    },
  ];
}

/** A custom endpoint or skip-region-validation allows any region name. */
function unknownRegion({ access }: PartialConfig, { found, called }: RuleContext): Issue[] {
  const region = access?.region;
  const isAnyAllowed = found('custom_endpoint_oapi') !== undefined || access?.skip_region_validation;
  if (region === undefined || isAnyAllowed || isKnownRegion(region)) return [];
  return [
    {
      option: called('region'),
      problem: `${JSON.stringify(region)} is not an Outscale region`,
      fix: `must be one of: ${regions.join(', ')}; for a new region, set skip-region-validation`,
    },
  ];
}

/** `provisioners` defines its own order, so it excludes the options with a fixed order. */
function conflictingProvisioners({ given, called }: RuleContext): Issue[] {
  const others = ['files', 'scripts', 'run'].filter(given).map((name) => called(name));
  if (!given('provisioners') || others.length === 0) return [];
  return [
    {
      option: called('provisioners'),
      problem: `cannot be combined with ${others.join(', ')}`,
      fix: 'move everything to provisioners',
    },
  ];
}
