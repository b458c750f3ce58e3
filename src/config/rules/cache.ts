import type { Issue } from '../kit/issues.js';
import type { PartialConfig } from '../options/table.js';
import type { RuleContext } from './context.js';

/** Checks that the directories of `cache` are apart, and that `cache_size` has a `cache`. */
export function checkCache({ provision }: PartialConfig, { given, called }: RuleContext): Issue[] {
  const directories = provision?.cache ?? [];
  const within = directories.flatMap((one, index) =>
    directories.some(
      (other, at) => at !== index && (one.startsWith(`${other}/`) || (one === other && at < index)),
    )
      ? [one]
      : [],
  );
  return [
    ...within.map((path) => ({
      option: called('cache'),
      problem: `${path} is in another directory of the list, or in the list twice`,
      fix: 'remove it',
    })),
    ...(given('cache_size') && !given('cache')
      ? [{ option: called('cache_size'), problem: 'is set without cache', fix: 'set cache, or remove it' }]
      : []),
  ];
}
