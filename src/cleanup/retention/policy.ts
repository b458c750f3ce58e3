import { BuildError } from '../../common/errors.js';
import type { ImageConfig } from '../../config/options/table.js';

/** Which OMIs of a family stay. One that either of them retains stays. */
export interface RetentionPolicy {
  readonly family: string;
  /** How many of the newest OMIs, at least 1. */
  readonly last: number | undefined;
  /** Younger ones, in milliseconds. */
  readonly age: number | undefined;
}

type Options = Pick<ImageConfig, 'family' | 'retain_last' | 'retain_for' | 'skip_create_omi' | 'keep_volume'>;

/**
 * The retention of a build with these options; undefined if it removes no older OMI. `commit` may have got
 * them from `mount`.
 * @throws BuildError if an option lacks what it needs
 */
export function policyOf(options: Options): RetentionPolicy | undefined {
  const { family, retain_last: last, retain_for: age } = options;
  const other = options.skip_create_omi
    ? 'skip_create_omi'
    : options.keep_volume === 'only'
      ? 'keep_volume: only'
      : undefined;
  if (family !== undefined && other !== undefined)
    throw new BuildError(`family: cannot be combined with ${other}: only an OMI has a family`, {
      hint: 'Remove one of them.',
    });
  if (last === undefined && age === undefined) return undefined;
  if (family === undefined)
    throw new BuildError(`${last === undefined ? 'retain_for' : 'retain_last'}: is set without family`, {
      hint: 'Set family on mount or commit, or remove it.',
    });
  return { family, last, age };
}
