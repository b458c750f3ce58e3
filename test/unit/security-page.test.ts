import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { configurationLimit, fstabLimits } from '../../src/host/image/limits.js';
import { withheld } from '../../src/host/sandbox/capabilities.js';

const page = readFileSync('docs/explanation/security.md', 'utf8');
const capabilities = page.split('### Capabilities')[1]?.split('### ')[0] ?? '';
const namesIn = (text: string): string[] => [...text.matchAll(/`(CAP_\w+)`/g)].map(([, name = '']) => name);
const rows = capabilities.split('\n').filter((line) => line.startsWith('| `CAP_'));

test('the page lists exactly the capabilities that are dropped', () => {
  const listed = rows.flatMap((row) => namesIn(row.split('|')[1] ?? ''));
  expect(listed.toSorted()).toEqual(Object.keys(withheld).toSorted());
});

test('the capabilities that the page says stay are not dropped', () => {
  const kept = namesIn(capabilities.slice(capabilities.indexOf('All others stay')));
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.filter((name) => Object.hasOwn(withheld, name))).toEqual([]);
});

test('the page names the limits of files of the image', () => {
  const { entries, line } = fstabLimits;
  expect(page).toContain(
    `${configurationLimit / 2 ** 20} MiB for each file, ${entries.toLocaleString('en')} entries and ${line / 1024} KiB a line for \`fstab\``,
  );
});
