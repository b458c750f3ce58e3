import type { Report } from './report.js';

/** Maximum number of annotations of one call. The runner shows ten of each kind in a step. */
const annotationLimit = 10;

/** Shows warnings, then notices. Those after the tenth line are lines of the log without an annotation. */
export function annotate(
  report: Pick<Report, 'warn' | 'notice' | 'info'>,
  warnings: readonly string[],
  notices: readonly string[],
): void {
  const noticeLimit = Math.max(0, annotationLimit - warnings.length);
  for (const line of warnings.slice(0, annotationLimit)) report.warn(line);
  for (const line of notices.slice(0, noticeLimit)) report.notice(line);
  for (const line of [...warnings.slice(annotationLimit), ...notices.slice(noticeLimit)]) report.info(line);
}
