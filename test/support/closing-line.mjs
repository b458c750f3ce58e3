import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Ends a jest run with one line that says how it went; a suite that cannot load counts as failed. Where several runs
 * are to end with one line, their numbers are added to the file JEST_TALLY instead, and names to JEST_TALLY.failed.
 */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const { JEST_TALLY: tally } = process.env;
    if (tally) {
      appendFileSync(tally, `${passed} ${failed} ${skipped}\n`);
      appendFileSync(`${tally}.failed`, failuresOf(results));
    } else console.log(`jest: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
}

/** A line for each failed test, and for each file that failed to load. */
const failuresOf = ({ testResults }) =>
  testResults
    .flatMap(({ testFilePath, testExecError, testResults: tests }) => {
      const failed = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
      const names = testExecError ? ['not loaded', ...failed] : failed;
      return names.map((name) => `failed: ${basename(testFilePath)}: ${name}\n`);
    })
    .join('');
