import { describe } from '../../common/errors.js';
import { type LintRule, lintRules } from '../../config/types/lint-rules.js';
import { shown } from '../../host/image/limits.js';
import { rules } from './rules.js';
import type { LintedImage, Problem } from './types.js';

/** A broken rule. */
export interface Finding extends Problem {
  readonly rule: LintRule;
  readonly fix: string;
}

/** The result of a lint. */
export interface Findings {
  readonly findings: readonly Finding[];
  /** Rules that could not be checked, and why. */
  readonly unchecked: readonly string[];
}

/** Maximum number of findings of one rule. */
const findingLimit = 20;

/** Checks an image against all rules but those to ignore. */
export async function lint(image: LintedImage, ignored: readonly LintRule[]): Promise<Findings> {
  const findings: Finding[] = [];
  const unchecked: string[] = [];
  for (const rule of lintRules.filter((one) => !ignored.includes(one))) {
    const { find, fix } = rules[rule];
    try {
      for (const { file, problem } of (await find(image)).slice(0, findingLimit))
        findings.push({ rule, file: shown(file), problem: shown(problem), fix });
    } catch (error) {
      image.signal.throwIfAborted();
      unchecked.push(`${rule} not checked: ${shown(describe(error))}`);
    }
  }
  return { findings, unchecked };
}

/** A finding in one line: rule, file, problem and fix. */
export const findingText = ({ rule, file, problem, fix }: Finding): string =>
  `${rule}: ${file} ${problem}; ${fix}`;

/** Identifies a finding in the source and in the new image. */
export const findingKey = ({ rule, file, problem }: Finding): string => `${rule} ${file} ${problem}`;
