import type { Changes } from '../../quality/inventory/changes.js';
import { changesText } from '../../quality/inventory/text.js';
import type { BuildFacts } from '../manifest.js';
import { code, escaped, folded, table } from './markdown.js';

/** Maximum number of packages or findings that are listed. The manifest has all. */
const most = 300;

/** What the build changed in the image, and the packages in a folded table. */
export function changedParts(changes: Changes): string[] {
  const { added, updated, removed } = changes.packages;
  const rows = [
    ...updated.map(({ name, from, version }): [string, string] => [name, `${from} → ${version}`]),
    ...added.map(({ name, version }): [string, string] => [name, `added ${version}`]),
    ...removed.map(({ name, version }): [string, string] => [name, `removed ${version}`]),
  ];
  const cells = rows.slice(0, most).map(([name, change]): [string, string] => [escaped(name), code(change)]);
  return [
    `**Changed in the image**: ${escaped(changesText(changes))}.`,
    ...(rows.length === 0
      ? []
      : [folded('Packages', table([['Package', 'Change'], ...cells]), ...rest(rows.length))]),
  ];
}

/** The findings of lint as a table; none without findings. */
export function lintParts(findings: NonNullable<BuildFacts['lint']>): string[] {
  if (findings.length === 0) return [];
  const rows = findings
    .slice(0, most)
    .map(({ rule, file, problem, fix, inSource }): string[] => [
      escaped(rule),
      `${code(file)} ${escaped(problem)}${inSource ? ' (also in the source)' : ''}`,
      escaped(fix),
    ]);
  const lines = [['Lint', 'Finding', 'Fix'], [':--', ':--', ':--'], ...rows];
  return [lines.map((line) => `| ${line.join(' | ')} |`).join('\n'), ...rest(findings.length)];
}

const rest = (count: number): string[] =>
  count > most ? [`and ${count - most} more, which the manifest lists`] : [];
