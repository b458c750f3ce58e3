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

/** Actions of others in a workflow, with what follows them in the line. */
const otherActions = (text: string): string[] =>
  [...text.matchAll(/uses: (\S+@.*)$/gm)].map(([, action = '']) => action);

test('the workflows of this repository pin actions by commit, with the version in a comment', () => {
  const actions = globSync('.github/workflows/*.yml', { cwd: root }).flatMap((path) =>
    otherActions(readFileSync(resolve(root, path), 'utf8')),
  );
  expect(actions.length).toBeGreaterThan(5);
  expect(actions.filter((action) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
});
