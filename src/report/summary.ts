import { duration } from './duration.js';
import type { BuildFacts, Timing } from './facts.js';
import type { Row } from './renderer.js';

/** The runner takes no summary over 1 MiB. */
const limit = 256 * 1024;

/** The ids of a build with what they are, for its last lines and its summary. */
export function factRows({ omi, chroot, snapshots, source, region, buildId }: BuildFacts): Row[] {
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
    ['Region', region],
    ['Build', buildId],
  ];
}

const titleOf = ({ omi, chroot }: BuildFacts): string =>
  omi ? 'OMI built' : chroot ? 'Chroot mounted' : 'Snapshot taken';

/** The summary of the step, in Markdown: what was made from what, and where the time went. */
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
    table(['Phase', 'Time'], times),
  ].join('\n\n');
  return text.length < limit ? `${text}\n` : `${text.slice(0, limit)}\n\n(cut)\n`;
}

const table = (head: Row, rows: readonly Row[]): string =>
  [head, ['---', '---'] as const, ...rows].map(([one, other]) => `| ${cell(one)} | ${other} |`).join('\n');

const cell = (text: string): string => text.replaceAll(/[\\`*_<>|[\]]/g, '\\$&').replaceAll(/\s+/g, ' ');

const code = (text: string): string => `\`${text.replaceAll(/[`|\r\n]/g, ' ')}\``;
