import type { Findings, Path, Value } from './template.js';

/** The keys of every provisioner. */
export const commonKeys = [
  'only',
  'except',
  'override',
  'timeout',
  'max_retries',
  'pause_before',
  'pause_after',
];

/** Reports the keys of a block that its type does not have. */
export function checkKeys(
  values: ReadonlyMap<string, Value>,
  known: readonly string[],
  at: Path,
  findings: Findings,
): void {
  for (const key of values.keys())
    if (!known.includes(key) && !key.startsWith('_'))
      findings.problem([...at, key], 'is not a key of this block', `the keys are: ${known.join(', ')}`);
}
