import type { Issue } from '../kit/issues.js';
import type { PartialConfig } from '../options/table.js';
import type { RuleContext } from './context.js';

/** Checks the options that `reuse` excludes, and those that need it. */
export function checkReuse({ image }: PartialConfig, { given, called }: RuleContext): Issue[] {
  const isReused = image?.reuse === 'unchanged';
  return [
    ...(isReused && image.skip_create_omi
      ? [
          {
            option: called('reuse'),
            problem: `cannot be combined with ${called('skip_create_omi')}: only an OMI is reused`,
            fix: 'remove one of them',
          },
        ]
      : []),
    ...(isReused && image.keep_volume
      ? [
          {
            option: called('reuse'),
            problem: `cannot be combined with ${called('keep_volume')}: a reused OMI comes with no volume`,
            fix: 'remove one of them',
          },
        ]
      : []),
    ...(given('reuse_max_age') && image?.reuse === 'never'
      ? [
          {
            option: called('reuse_max_age'),
            problem: 'is set without reuse: unchanged',
            fix: 'set reuse to unchanged, or remove it',
          },
        ]
      : []),
  ];
}
