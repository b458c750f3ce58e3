import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');
/** What the benchmarks take from the build: `[file of src, name]`. */
const taken = globSync('bench/**/*.mjs', { cwd: root }).flatMap((file) =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /^import \{ (.+) \} from '(?:\.\.\/)+build\/(.+)\.js';$/gm,
    ),
  ].flatMap(([, names = '', from = '']) => names.split(', ').map((name) => [from, name] as const)),
);

test('the benchmarks take from the sources', () => expect(taken.length).toBeGreaterThan(5));

test.each(taken)('%s has the %s that a benchmark takes', (from, name) => {
  const text = readFileSync(join(root, 'src', `${from}.ts`), 'utf8');
  expect(text).toMatch(new RegExp(`^export (async function|function|class|const) ${name}\\b`, 'm'));
});
