import { duration } from '../format.js';
import type { StageTiming } from '../phases.js';
import { escaped, firstOf, folded, table } from './markdown.js';

/** Maximum number of stages that are listed. */
const most = 60;

/** All stages with their times: a picture and a table, folded. They add up to the total. */
export function timeline(stages: readonly StageTiming[], begin: Date, total: number): string {
  const shown = stages.slice(0, most);
  const rest = stages.slice(most).reduce((sum, { ms }) => sum + ms, 0);
  const rows = shown.map(({ label, ms, failed }): [string, string] => [
    `${escaped(label)}${failed ? ' (failed)' : ''}`,
    duration(ms),
  ]);
  if (rest > 0) rows.push([`${stages.length - most} more`, duration(rest)]);
  const sum = stages.reduce((all, { ms }) => all + ms, 0);
  if (total - sum >= 50) rows.push(['Other', duration(total - sum)]);
  return folded(
    'All phases',
    gantt(shown, begin),
    table([['Phase', 'Time'], ...rows, ['**Total**', duration(total)]]),
  );
}

/** A Gantt chart that GitHub renders (mermaid). Its axis shows the local time of the reader. */
function gantt(stages: readonly StageTiming[], begin: Date): string {
  const at = (ms: number): number => begin.getTime() + ms;
  return [
    '```mermaid',
    'gantt',
    '  dateFormat x',
    '  axisFormat %H:%M:%S',
    '  todayMarker off',
    ...stages.map(
      ({ label, start, ms, failed }) =>
        `  ${taskName(label)} ${duration(ms)} :${failed ? 'crit, ' : ''}${at(start)}, ${at(start + Math.max(ms, 1))}`,
    ),
    '```',
  ].join('\n');
}

/** Words that begin a statement, in any case (mermaid, `gantt.jison`). */
const statement =
  /^(gantt|dateformat|inclusiveenddates|topaxis|axisformat|tickinterval|includes|excludes|todaymarker|weekday|weekend|title|section|click|acctitle|accdescr|date)\b/i;

/** A label as the name of a task: other characters end it, or have a meaning there. */
function taskName(label: string): string {
  const name = firstOf(label.replaceAll(/[^\p{L}\p{N}._/()-]+/gu, ' '), 40).trim() || 'Phase';
  return statement.test(name) ? `Phase ${name}` : name;
}
