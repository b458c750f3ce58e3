import { columns } from '../../report/format.js';
import type { Finding } from './finding.js';

const titles = ['what', 'id', 'build', 'age', 'why'];

/** Findings as the lines of a table, sorted by build. */
export function tableOf(findings: readonly Finding[]): string[] {
  const rows = [...findings]
    .sort((a, b) => (a.build < b.build ? -1 : a.build > b.build ? 1 : 0))
    .map(({ what, id, build, age, why }) => [what, id, build || '-', ageText(age), why]);
  return columns([titles, ...rows]);
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** An age in one unit: `12 min`, `26 h`, `3 d`. */
export function ageText(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '?';
  if (milliseconds < hour) return `${Math.floor(milliseconds / minute)} min`;
  return milliseconds < 2 * day
    ? `${Math.floor(milliseconds / hour)} h`
    : `${Math.floor(milliseconds / day)} d`;
}
