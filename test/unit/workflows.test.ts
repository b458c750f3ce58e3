import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { lintWorkflow } from '../support/actionlint.js';

const root = resolve(import.meta.dirname, '../..');
const workflows = globSync(['.github/workflows/*.yml', 'examples/*.yml'], { cwd: root });

test.each(workflows)('%s is a workflow without a fault', async (path) => {
  expect(await lintWorkflow(readFileSync(resolve(root, path), 'utf8'), path)).toEqual([]);
});

test('a fault in a workflow is found', async () => {
  const invalid = 'on: push\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps:\n      - runs: true\n';
  expect(await lintWorkflow(invalid, 'invalid.yml')).toContainEqual(
    expect.stringMatching(/^6: unexpected key "runs"/),
  );
});
