import type { Issue } from '../kit/issues.js';
import type { PartialConfig } from '../options/table.js';
import type { RuleContext } from './context.js';

/** Checks the options about copies of the OMI against each other and the others. */
export function checkCopies({ image, copies }: PartialConfig, { called }: RuleContext): Issue[] {
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
