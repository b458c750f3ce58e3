import { createRequire } from 'node:module';

// It is a CommonJS module whose default export an import statement does not see.
const { default: TestRunner } = createRequire(import.meta.url)('jest-runner');

/** Runs test files one after another, and none of another runner at the same time. */
export default class AloneRunner extends TestRunner {
  isSerial = true;
}
