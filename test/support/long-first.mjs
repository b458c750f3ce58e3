import { readFileSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';
import { isLong } from './test-files.ts';

/** Starts the files that take long before the others, so that no process works alone at the end of a run. */
export default class LongFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const long = new Set(sorted.filter(({ path }) => isLong(readFileSync(path, 'utf8'))));
    return [...long, ...sorted.filter((test) => !long.has(test))];
  }
}
