import { goDuration } from './go-duration.js';
import type { Findings, Path, Value } from './template.js';

/** A text; an empty text and a problem for a list or map. */
export function textOf(value: Value, at: Path, findings: Findings): string {
  if (typeof value === 'string') return value;
  findings.problem(at, 'is not text', 'write text');
  return '';
}

/** A list of texts. As in Packer, one text is a list of one item. */
export function textsOf(value: Value, at: Path, findings: Findings): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value))
    return value.map((one: Value, index) => textOf(one, [...at, `item ${index + 1}`], findings));
  findings.problem(at, 'is not a list of texts', 'write a list of texts');
  return [];
}

/** A map of texts. */
export function mapOf(value: Value, at: Path, findings: Findings): Map<string, string> {
  if (value instanceof Map)
    return new Map(
      [...value].map(([key, one]: [string, Value]) => [key, textOf(one, [...at, key], findings)] as const),
    );
  findings.problem(at, 'is not a map of texts', 'write a map of texts');
  return new Map();
}

/** `true` or `false`; `false` and a problem for anything else. */
export function booleanOf(value: Value, at: Path, findings: Findings): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  findings.problem(at, 'is not a boolean', 'write true or false');
  return false;
}

/**
 * A duration of Go (package time, ParseDuration), such as `1h30m` or `1.5s`, in whole seconds, rounded up.
 */
export function secondsOf(value: Value, at: Path, findings: Findings): number {
  const text = textOf(value, at, findings);
  if (text === '0') return 0;
  const time = goDuration(text);
  if (time === undefined) {
    findings.problem(at, `${JSON.stringify(text)} is not a duration`, 'write one such as 90s, 15m or 1h30m');
    return 0;
  }
  return Math.ceil(time / 1000);
}
