import { fail, LimitError } from '../problem.js';
import { num } from '../values/numbers.js';
import { Dictionary, type Hcl, List } from '../values/value.js';

/** How deep decoded data may be nested. */
const deepest = 150;

/** Decoded JSON or YAML as a value of HCL. @throws HclError for what HCL does not have */
export function fromData(value: unknown, depth = 0): Hcl {
  if (depth > deepest) throw new LimitError('has data that is nested too deep', 'use flatter data');
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'bigint') return num(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return new List(value.map((one: unknown) => fromData(one, depth + 1)));
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return fail('has a value of an unknown type', 'correct it');
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  return new Dictionary([...entries].map(([key, one]) => [String(key), fromData(one, depth + 1)]));
}
