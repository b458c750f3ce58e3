import type { Report } from './report.js';

/**
 * A report of the work in another region, which runs beside that in others: its lines name the region, its
 * phases are part of the current one, and it sets no outputs.
 */
export const regionalReport = (report: Report, region: string): Report => ({
  ...report,
  phase: async (_title, work) => await work(),
  result: (text) => report.info(`${region}: ${text}`),
  info: (line) => report.info(`${region}: ${line}`),
  notice: (line) => report.notice(`${region}: ${line}`),
  warn: (line) => report.warn(`${region}: ${line}`),
  progress: (what, ...poll) => report.progress(`${what} in ${region}`, ...poll),
  undoing: async (title, work, released) =>
    await report.undoing(
      `${title} in ${region}`,
      work,
      released && { ...released, id: `${released.id} in ${region}` },
    ),
  output: () => {},
});
