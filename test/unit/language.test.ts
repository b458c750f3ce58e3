import { expect, test } from '@jest/globals';
import { retiredNames } from '../support/glossary.js';
import { crowdedFolders, idiomsIn, wideComments } from '../support/language.js';
import { type SourceFile, sourceFiles } from '../support/sources.js';

const src = sourceFiles('src/**/*.ts');
const tests = sourceFiles('test/{unit,e2e,privileged,fault-injection,support}/**/*.ts');
const pages = sourceFiles('*.md', 'docs/**/*.md', '{.,mount,commit}/action.yml');
const file = (text: string, path = 'src/a.ts'): SourceFile => ({ path, text });

test('messages, comments and pages are free of retired idioms', () => {
  expect([...src, ...pages].flatMap(idiomsIn)).toEqual([]);
});

test('identifiers and file names use the standard terms of the glossary', () => {
  expect([...src, ...tests].flatMap(retiredNames)).toEqual([]);
});

test('comment lines have at most 110 columns', () => {
  expect([...src, ...tests].flatMap(wideComments)).toEqual([]);
});

test('source files have at most 200 lines', () => {
  const long = src.filter(({ text }) => text.split('\n').length - 1 > 200);
  expect(long.map(({ path }) => path)).toEqual([]);
});

test('source folders have at most 24 files', () => {
  expect(crowdedFolders(src, 24)).toEqual([]);
});

test('src has at most 28 units', () => {
  const units = new Set(src.map(({ path }) => path.split('/')[1]?.replace(/\.ts$/, '')));
  expect(units.size).toBeLessThanOrEqual(28);
});

test.each([
  ['// The error is told.', 'is told'],
  ['/** What a user\n * is\n * told. */', 'is told'],
  ["throw new Error('Nobody uses it');", 'Nobody'],
  ["'this is no folder'", 'is no folder'],
])('an idiom is found in %j', (text, phrase) => {
  expect(idiomsIn(file(text))).toEqual([expect.stringMatching(new RegExp(`^src/a.ts:\\d: ${phrase}$`))]);
});

test('an idiom is reported with its line, and its parts in other sentences are not', () => {
  expect(idiomsIn(file('\n\nputs away'))).toEqual(['src/a.ts:3: puts away']);
  expect(idiomsIn(file('It puts the tools away. The mistold story is known.'))).toEqual([]);
});

test('a retired name is found as an identifier and as a file name, not in texts and comments', () => {
  expect(retiredNames(file('const one = 1;\nopenRoom(one);'))).toEqual([
    'src/a.ts:2: openRoom (use Sandbox)',
  ]);
  expect(retiredNames(file('', 'src/vm-room.ts'))).toEqual(['src/vm-room.ts: vmRoom (use Sandbox)']);
  expect(retiredNames(file("/** openRoom */ log('openRoom');"))).toEqual([]);
});

test('a wide comment is found, a wide string is not', () => {
  const wide = 'x'.repeat(110);
  expect(wideComments(file(`\n// ${wide}\nconst a = 1; // ${wide}\n'${wide}'`))).toEqual([
    'src/a.ts:2: 113 columns',
    'src/a.ts:3: 126 columns',
  ]);
});

test('a folder with too many files is found', () => {
  expect(crowdedFolders([file('', 'src/a/b.ts'), file('', 'src/a/c.ts')], 1)).toEqual(['src/a: 2 files']);
});
