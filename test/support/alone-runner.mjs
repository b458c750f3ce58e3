import TestRunner from 'jest-runner';

/** Runs test files one after another, and none of another runner at the same time. */
export default class AloneRunner extends TestRunner {
  isSerial = true;
}
