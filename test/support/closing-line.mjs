import { appendFileSync } from 'node:fs';

/**
 * Ends a jest run with one line that says how it went; a suite that cannot load counts as failed. Where several runs
 * are to end with one line, their numbers are added to the file JEST_TALLY instead.
 */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const { JEST_TALLY: tally } = process.env;
    if (tally) appendFileSync(tally, `${passed} ${failed} ${skipped}\n`);
    else console.log(`jest: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
}
