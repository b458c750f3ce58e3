import type { Issue } from '../kit/issues.js';
import { kebab } from '../kit/option.js';
import type { PartialConfig } from '../options/table.js';
import type { RuleContext } from './context.js';

const limits = ['retain_last', 'retain_for'];

/** The tag that `family` sets. */
const familyTag = 'build-omi:family';

/** Checks the options of a family of OMIs, and what `find` and `prune` need of them. */
export function checkRetention({ image }: PartialConfig, context: RuleContext): Issue[] {
  const { command, given, called } = context;
  if (command === 'find' && !given('family') && !given('source_omi_filter'))
    return [
      {
        option: 'source-omi-filter',
        problem: 'is missing',
        fix: 'write the filters and owners of the OMI, or set family',
      },
    ];
  if (command === 'prune') return missingForPrune(given);
  const other = image?.skip_create_omi
    ? called('skip_create_omi')
    : image?.keep_volume === 'only'
      ? `${called('keep_volume')}: only`
      : undefined;
  const family =
    given('family') && other !== undefined
      ? [
          {
            option: called('family'),
            problem: `cannot be combined with ${other}: only an OMI has a family`,
            fix: 'remove one of them',
          },
        ]
      : [];
  // Of mount and commit, either one may set it.
  const alone = command === 'build' && !given('family') ? limits.filter(given) : [];
  const tag =
    image?.tags !== undefined && Object.hasOwn(image.tags, familyTag)
      ? [{ option: called('tags'), problem: `has the key ${familyTag}`, fix: 'set family instead' }]
      : [];
  return [
    ...family,
    ...alone.map((name) => ({
      option: called(name),
      problem: 'is set without family',
      fix: 'set family, or remove it',
    })),
    ...tag,
  ];
}

function missingForPrune(given: RuleContext['given']): Issue[] {
  const [last = '', age = ''] = limits.map(kebab);
  return [
    ...(given('family')
      ? []
      : [{ option: 'family', problem: 'is missing', fix: 'write the family whose older OMIs to delete' }]),
    ...(limits.some(given)
      ? []
      : [{ option: last, problem: 'is missing', fix: `write how many OMIs to keep, or set ${age}` }]),
  ];
}
