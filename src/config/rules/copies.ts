import type { Issue } from '../kit/issues.js';
import type { PartialConfig } from '../options/table.js';
import type { RegionEntry } from '../types/region.js';
import type { RuleContext } from './context.js';
import { isKnownRegion, regions } from './regions.js';

/** Checks the options about copies of the OMI against each other and the others. */
export function checkCopies(config: PartialConfig, context: RuleContext): Issue[] {
  return [...checkExport(config, context), ...checkRegions(config, context)];
}

function checkExport({ image, copies }: PartialConfig, { called }: RuleContext): Issue[] {
  if (copies?.export !== undefined && image?.keep_volume === 'only')
    return [
      {
        option: called('export'),
        problem: `cannot be combined with ${called('keep_volume')}: only, which takes no snapshot`,
        fix: 'remove one of them',
      },
    ];
  const needsImage = copies?.export?.manifest === true && image?.skip_create_omi === true;
  return needsImage
    ? [
        {
          option: called('export'),
          problem: `has a manifest, which describes an OMI, and ${called('skip_create_omi')} is set`,
          fix: 'remove manifest or skip-create-omi',
        },
      ]
    : [];
}

function checkRegions({ access, image, copies }: PartialConfig, context: RuleContext): Issue[] {
  const { command, given, found, called } = context;
  const entries = copies?.omi_regions ?? [];
  if (entries.length === 0 || command === 'abort') return [];
  const own = found('region');
  const others = entries.filter(({ region }) => region !== own);
  const issue = (problem: string, fix: string, at: readonly string[] = []): Issue => ({
    option: [called('omi_regions', at), ...at].join(', '),
    problem,
    fix,
  });
  const at = (entry: RegionEntry): readonly string[] => [`item ${entries.indexOf(entry) + 1}`];
  const isAllowed = ({ region, profile, custom_endpoint_oapi: custom }: RegionEntry): boolean =>
    isKnownRegion(region) ||
    profile !== undefined ||
    custom !== undefined ||
    !!access?.skip_region_validation;
  const unknown = others.filter((entry) => !isAllowed(entry));
  const twice = entries.filter(
    ({ region }, index) => entries.findIndex((one) => one.region === region) < index,
  );
  const product = image?.skip_create_omi
    ? called('skip_create_omi')
    : image?.keep_volume === 'only'
      ? `${called('keep_volume')}: only`
      : undefined;
  // A single one may be the region of this VM, which is known only there.
  const mayBeOwn = own === undefined && others.length === 1;
  return [
    ...unknown.map((entry) =>
      issue(
        `${JSON.stringify(entry.region)} is not an Outscale region`,
        `must be one of: ${regions.join(', ')}; for another one, set custom_endpoint_oapi`,
        at(entry),
      ),
    ),
    ...twice.map((entry) =>
      issue(`${JSON.stringify(entry.region)} is in the list twice`, 'write it once', at(entry)),
    ),
    ...(product !== undefined && others.length > 0
      ? [issue(`cannot be combined with ${product}: only an OMI is copied`, 'remove one of them')]
      : []),
    ...(!given('export_bucket') && others.length > 0 && !mayBeOwn
      ? [issue('needs export-bucket', 'set it to a bucket in the region of this VM')]
      : []),
  ];
}
