import { duration } from '../format.js';
import type { BuildFacts } from '../manifest.js';
import type { StageTiming } from '../phases.js';
import { type Released, type Remains, remainsText } from '../released.js';
import { changedParts, lintParts } from './content.js';
import { block, code, escaped, fitted, table } from './markdown.js';
import { timeline } from './timeline.js';

/** In bytes. Many summaries of a job share 1 MiB on the page (docs, "Job summaries"). */
const limit = 60 * 1024;

/** The times of a build. */
export interface Times {
  readonly stages: readonly StageTiming[];
  readonly begin: Date;
  /** Milliseconds. */
  readonly total: number;
}

/** The summary of a successful build, in Markdown. */
export function summaryText(facts: BuildFacts, times: Times, version: string): string {
  const parts = [
    `### ✅ ${titleOf(facts)}`,
    table(rowsOf(facts)),
    `${facts.chroot ? 'Mounted' : facts.reused ? 'Reused' : 'Built'} in **${duration(times.total)}**${sharesOf(times)}.`,
    ...(facts.changes === undefined ? [] : changedParts(facts.changes)),
    ...lintParts(facts.lint ?? []),
    timeline(times.stages, times.begin, times.total),
    footer(facts.buildId, version),
  ];
  return fitted(parts, limit);
}

/** Why a build failed, and what remains of it. */
export interface FailedBuild {
  /** Undefined before the build had one. */
  readonly buildId: string | undefined;
  /** The name of the OMI, if it was known. */
  readonly name: string | undefined;
  readonly message: string;
  readonly hint: string | undefined;
  readonly output: readonly string[];
  readonly released: readonly Released[];
  readonly remains: Remains | undefined;
  /** The page about failed builds, if its address is known. */
  readonly help: string | undefined;
}

/** The summary of a failed build, in Markdown. */
export function failureSummary(failed: FailedBuild, times: Times, version: string): string {
  const { name, message, hint, output, remains, help, buildId } = failed;
  const [first = '', ...more] = message.split('\n');
  const advice = [
    ...(hint === undefined ? [] : hint.split('\n').map(escaped)),
    ...(help === undefined ? [] : [`[What to do when a build fails](${help})`]),
  ];
  const details = [...more, ...output].map((line) => line.replace(/^ {2}/, ''));
  const parts = [
    `### ❌ ${name === undefined ? 'No OMI' : escaped(name)} was ${name === undefined ? '' : 'not '}built`,
    `**${escaped(first.replace(/:$/, ''))}**${times.stages.length === 0 ? '.' : `, ${duration(times.total)} after the build began.`}`,
    ...(details.length === 0 ? [] : [block(details.slice(0, 60))]),
    ...(remains === undefined ? [] : [cleanUpText(failed.released, remains)]),
    ...(advice.length === 0 ? [] : [advice.join('\\\n')]),
    ...(times.stages.length === 0 ? [] : [timeline(times.stages, times.begin, times.total)]),
    footer(buildId, version),
  ];
  return fitted(parts, limit);
}

const titleOf = ({ omi, chroot, snapshots, volume, reused }: BuildFacts): string =>
  omi
    ? `${escaped(omi.name)} is ${code(omi.id)}${reused ? ', unchanged' : ''}`
    : chroot
      ? `Image mounted at ${code(chroot.path)}`
      : snapshots[0]
        ? `Snapshot ${code(snapshots[0].id)}`
        : `Volume ${code(volume?.id ?? '')}`;

/** How many removed OMIs are listed. The manifest has all. */
const mostRemoved = 20;

function rowsOf(facts: BuildFacts): [string, string][] {
  const { omi, chroot, snapshots, volume, source, sourceImage, region, copies = [], removed = [] } = facts;
  const more = (text: string | undefined): string => (text === undefined ? '' : ` ${escaped(text)}`);
  const sized = ({ id, sizeGiB }: { readonly id: string; readonly sizeGiB?: number }): string =>
    `${code(id)}${sizeGiB === undefined ? '' : ` · ${sizeGiB} GiB`}`;
  return [
    ...(omi
      ? [['OMI', code(omi.id)] as [string, string], ['Name', escaped(omi.name)] as [string, string]]
      : []),
    ...(chroot
      ? ([
          ['Chroot', code(chroot.path)],
          ['Device', code(chroot.device)],
          ['Volume', code(chroot.volume)],
        ] as [string, string][])
      : []),
    ['Region', escaped(region)],
    ...copies.map((one): [string, string] => [
      `OMI in ${escaped(one.region)}`,
      `${code(one.id)} ${escaped(one.name)}`,
    ]),
    ...snapshots.map((one): [string, string] => ['Snapshot', sized(one)]),
    ...(volume ? [['Volume', sized(volume)] as [string, string]] : []),
    ...(sourceImage ? [['Built from', escaped(sourceImage.location)] as [string, string]] : []),
    ...(source ? [['Built from', `${code(source.id)}${more(source.name)}`] as [string, string]] : []),
    ...removed
      .slice(0, mostRemoved)
      .map((one): [string, string] => [
        one.region === undefined ? 'Removed' : `Removed in ${escaped(one.region)}`,
        [`${code(one.id)} ${escaped(one.name)}`, ...one.snapshots.map(code)].join(' · '),
      ]),
    ...(removed.length > mostRemoved
      ? [['Removed', `and ${removed.length - mostRemoved} more`] as [string, string]]
      : []),
  ];
}

/** What took how long: `: snapshot 2 min 41 s, scripts 1 min 02 s, all else 29.0 s` */
function sharesOf({ stages, total }: Times): string {
  const sum = (wanted: (stage: StageTiming) => boolean): number =>
    stages.filter(wanted).reduce((all, { ms }) => all + ms, 0);
  const [snapshot, scripts] = [sum(({ key }) => key === 'snapshot'), sum(({ isScript }) => isScript)];
  const named = [
    ...(snapshot > 0 ? [`snapshot ${duration(snapshot)}`] : []),
    ...(scripts > 0 ? [`scripts ${duration(scripts)}`] : []),
  ];
  if (named.length === 0) return '';
  return `: ${[...named, `all else ${duration(Math.max(0, total - snapshot - scripts))}`].join(', ')}`;
}

function cleanUpText(released: readonly Released[], remains: Remains): string {
  if (remains.left.length > 0) return `**${escaped(remainsText(remains))}**`;
  const deleted = released.filter(({ how }) => how === 'deleted');
  if (deleted.length === 0) return 'This build created nothing that remains.';
  const names = deleted.map(({ kind, id }) => `${kind} ${code(id)}`).join(', ');
  const products = deleted.filter(({ kind }) => kind !== 'volume');
  return `Everything that this build created was deleted: ${names}.${products.length === 0 ? ' No OMI and no snapshot was made.' : ''}`;
}

const footer = (buildId: string | undefined, version: string): string =>
  `<sub>build-omi v${version}${buildId === undefined ? '' : ` · build ${buildId}`}</sub>`;
