import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/**
 * Ends a jest run with one line that says how it went; a suite that cannot load counts as failed. Where several runs
 * are to end with one line, their numbers are added to the file JEST_TALLY instead, and failures to JEST_TALLY.failed.
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

/** For each failed test, and each file that failed to load: a line, and how its message begins. */
const failuresOf = ({ testResults }) =>
  testResults
    .flatMap(({ testFilePath, testExecError, testResults: tests }) => {
      const failed = tests.filter(({ status }) => status === 'failed');
      const unloaded = testExecError
        ? [{ fullName: 'not loaded', failureMessages: [testExecError.message] }]
        : [];
      return [...unloaded, ...failed].map(
        ({ fullName, failureMessages }) =>
          `failed: ${basename(testFilePath)}: ${fullName}\n${beginningOf(failureMessages.join('\n'))}`,
      );
    })
    .join('');

const beginningOf = (message) =>
  stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^ +at .*(node_modules|node:internal)/.test(line))
    .slice(0, 8)
    .map((line) => `  ${line.slice(0, 300)}\n`)
    .join('');
