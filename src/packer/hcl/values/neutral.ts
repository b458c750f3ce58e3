import type { Value } from '../../template.js';
import { toText } from './convert.js';
import { Dictionary, type Hcl, List, Unknown } from './value.js';

/** A value in the form that all templates share. An unknown value is its example. */
export function neutral(value: Hcl): Value {
  if (value === null) return null;
  if (value instanceof Unknown) return value.example;
  if (value instanceof List) return value.items.map(neutral);
  if (value instanceof Dictionary)
    return new Map([...value.entries].map(([key, one]) => [key, neutral(one)]));
  return toText(value);
}

/** All texts in a value, also those of numbers and booleans. */
export function textsIn(value: Hcl): string[] {
  if (value instanceof List) return value.items.flatMap(textsIn);
  if (value instanceof Dictionary) return [...value.entries.values()].flatMap(textsIn);
  return value === null || value instanceof Unknown ? [] : [toText(value)];
}
