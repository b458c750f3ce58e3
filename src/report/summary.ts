import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Changes } from '../quality/inventory/changes.js';
import { changesText } from '../quality/inventory/text.js';
import type { Finding } from '../quality/lint/lint.js';
import { duration } from './format.js';
import type { Timing } from './phases.js';
import type { Row } from './renderer.js';

/** Results of a build, for closing lines, summary and manifest. */
export interface BuildFacts {
  readonly buildId: string;
  readonly region: string;
  readonly omi?: { readonly id: string; readonly name: string };
  /** Where `mount` mounted the image. */
  readonly chroot?: { readonly path: string; readonly device: string; readonly volume: string };
  /** The snapshots that the build of the OMI created; the root comes first. */
  readonly snapshots: readonly { readonly id: string; readonly sizeGiB?: number }[];
  /** An earlier build created OMI and snapshots. */
  readonly reused?: true;
  /** Absent from scratch. */
  readonly source?: { readonly id: string; readonly name?: string };
  /** What the build changed in the image. */
  readonly changes?: Changes;
  /** The findings of lint; absent if it is off. */
  readonly lint?: readonly (Finding & { readonly inSource: boolean })[];
  /** The SBOM; absent if it is off. */
  readonly sbom?: { readonly path: string; readonly sha256: string };
}

/** In characters. The runner refuses a summary over 1 MiB (docs, "Job summaries"). */
const limit = 256 * 1024;

/** Label and value of each result, for closing lines and summary. */
export function factRows({ omi, chroot, snapshots, source, changes, region, buildId }: BuildFacts): Row[] {
  return [
    ...(chroot
      ? [
          ['Chroot', chroot.path] as const,
          ['Device', chroot.device] as const,
          ['Volume', chroot.volume] as const,
        ]
      : []),
    ...(omi ? [['OMI', `${omi.id} ${omi.name}`] as const] : []),
    ...snapshots.map(({ id, sizeGiB }) => ['Snapshot', sizeGiB ? `${id} (${sizeGiB} GiB)` : id] as const),
    ...(source ? [['Source', source.name ? `${source.id} ${source.name}` : source.id] as const] : []),
    ...(changes ? [['Changed', changesText(changes)] as const] : []),
    ['Region', region],
    ['Build', buildId],
  ];
}

const titleOf = ({ omi, chroot, reused }: BuildFacts): string =>
  reused ? 'OMI reused' : omi ? 'OMI built' : chroot ? 'Chroot mounted' : 'Snapshot taken';

/** The summary of the step in Markdown: results and durations. */
export function summaryText(facts: BuildFacts, timings: readonly Timing[], total: number): string {
  const times: Row[] = [
    ...timings.map(({ phase, ms }): Row => [phase, duration(ms)]),
    ['Total', duration(total)],
  ];
  const text = [
    `### ${titleOf(facts)}`,
    table(
      ['', ''],
      factRows(facts).map(([label, value]) => [label, code(value)]),
    ),
    ...(facts.changes ? packageDetails(facts.changes) : []),
    ...lintTable(facts.lint ?? []),
    table(['Phase', 'Time'], times),
  ].join('\n\n');
  return text.length < limit ? `${text}\n` : `${text.slice(0, limit)}\n\n(cut)\n`;
}

const table = (head: Row, rows: readonly Row[]): string =>
  [head, ['---', '---'] as const, ...rows].map(([one, other]) => `| ${cell(one)} | ${other} |`).join('\n');

const cell = (text: string): string => text.replaceAll(/[\\`*_<>|[\]]/g, '\\$&').replaceAll(/\s+/g, ' ');

const code = (text: string): string => `\`${text.replaceAll(/[`|\r\n]/g, ' ')}\``;

/** The findings as a table; none without findings. */
function lintTable(findings: NonNullable<BuildFacts['lint']>): string[] {
  if (findings.length === 0) return [];
  const rows = findings.map(({ rule, file, problem, fix, inSource }): [string, string, string] => [
    rule,
    `${code(file)} ${cell(problem)}${inSource ? ' (also in the source)' : ''}`,
    cell(fix),
  ]);
  const lines = [['Lint', 'Finding', 'Fix'], ['---', '---', '---'], ...rows];
  return [lines.map((line) => `| ${line.join(' | ')} |`).join('\n')];
}

/** Maximum number of packages in the summary. The manifest has all. */
const packageLimit = 300;

/** A folded table of the packages that changed; none if no package changed. */
function packageDetails({ packages: { added, updated, removed } }: Changes): string[] {
  const rows: Row[] = [
    ...updated.map(({ name, from, version }): Row => [name, `${from} → ${version}`]),
    ...added.map(({ name, version }): Row => [name, `added ${version}`]),
    ...removed.map(({ name, version }): Row => [name, `removed ${version}`]),
  ];
  if (rows.length === 0) return [];
  const cells = rows.slice(0, packageLimit).map(([name, change]): Row => [name, code(change)]);
  const more = rows.length - packageLimit;
  return [
    `<details><summary>Packages</summary>\n\n${table(['Package', 'Change'], cells)}`,
    ...(more > 0 ? [`and ${more} more, which the manifest lists`] : []),
    '</details>',
  ];
}

/**
 * Writes a file and replaces an existing one. Other users can predict the path, and may write to its
 * directory: a symbolic link at the path is replaced and never followed.
 * @throws the error of the system if the directory is not writable, or the path is a directory or, in a
 * directory with the sticky bit, a file of another user.
 */
export function replaceFile(path: string, text: string): void {
  const fresh = `${path}.${randomUUID()}`;
  writeFileSync(fresh, text, { flag: 'wx' });
  try {
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
