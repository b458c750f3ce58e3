import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const dist = resolve(import.meta.dirname, '../../dist');
const read = (file: string): string => readFileSync(join(dist, file), 'utf8');

test.each([
  ['index.js', 'main'],
  ['post.js', 'post'],
  ['mount.js', 'mount'],
  ['commit.js', 'commit'],
  ['cli.js', 'cli'],
])('%s calls %s of the program that they share', (file, name) => {
  const call = `import { ${name} } from './build-omi.js';\n\nawait ${name}();\n`;
  expect(read(file)).toBe(file === 'cli.js' ? `#!/usr/bin/env node\n${call}` : call);
});

test('the command line can be executed', () => {
  expect(statSync(join(dist, 'cli.js')).mode & 0o777).toBe(0o755);
});

test('the program exports their functions, and importing it does no work', async () => {
  const program: object = await import(join(dist, 'build-omi.js'));
  expect(Object.keys(program).toSorted()).toEqual(['cli', 'commit', 'main', 'mount', 'post']);
});

/** A text of the command line, and one of a package that only it loads. */
test.each([
  ['build-omi-cli.js', 'Serve a local Outscale API'],
  ['build-omi-cli-packages.js', 'outputHelp'],
])('%s has what a build does not parse', (chunk, text) => {
  expect(read(chunk)).toContain(text);
  expect(read('build-omi.js')).not.toContain(text);
});

test('the licenses of the packages of every chunk are there', () => {
  const lines = read('licenses.txt').split('\n');
  expect(lines).toEqual(expect.arrayContaining(['undici', 'yaml', 'handlebars', 'commander', 'zod']));
});
