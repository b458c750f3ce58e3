import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { sourceFiles } from '../support/sources.js';

const files = sourceFiles('*.md', 'docs/**/*.md', 'examples/*.yml', '.github/ISSUE_TEMPLATE/*.yml');
const script = resolve(import.meta.dirname, '../../scripts/owner.mjs');

/** The text with another owner, by the script that the build uses. */
const withOwner = (text: string): string =>
  execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const fs = await import('node:fs');
       const { withOwner } = await import(process.argv[1]);
       process.stdout.write(withOwner(fs.readFileSync(0, 'utf8'), 'acme'));`,
      script,
    ],
    { encoding: 'utf8', input: text },
  );

test('every reference to the repository in pages and examples has the owner that package.json names', () => {
  const text = files.map((file) => file.text).join('\n');
  const references =
    withOwner(text).match(
      /[\w.-]+\/build-omi(?=[@.)]|\/(?:mount|commit)@|\/(?:actions|v1|security|blob)\/)/g,
    ) ?? [];
  const others = references.filter(
    (reference) => reference !== 'acme/build-omi' && !/^(usr|lib|mnt|dist)\//.test(reference),
  );
  expect(references.length).toBeGreaterThan(20);
  expect(others).toEqual([]);
});
