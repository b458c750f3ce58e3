import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { exec, type Finished } from '../../src/host/exec/exec.js';

const dist = resolve(import.meta.dirname, '../../dist');
const read = (file: string): string => readFileSync(join(dist, file), 'utf8');

test.each([
  ['index.js', 'main'],
  ['post.js', 'post'],
  ['mount.js', 'mount'],
  ['commit.js', 'commit'],
  ['find.js', 'find'],
  ['cli.js', 'cli'],
])('%s calls %s of the program that they share', (file, name) => {
  const lines = read(file).split('\n');
  if (file === 'cli.js') expect(lines.shift()).toBe('#!/usr/bin/env node');
  expect(lines).toEqual([
    `const { load, run } = require('./start.js');`,
    `run(load('./build-omi.js').${name});`,
    '',
  ]);
});

/** Runs an entry with a node that says it has this version. */
async function runWith(version: string, file: string, args: readonly string[] = []): Promise<Finished> {
  const text = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const preload = `data:text/javascript,${encodeURIComponent(text)}`;
  const argv = [process.execPath, '--import', preload, join(dist, file), ...args] as const;
  return await exec([...argv], { answers: [1] });
}

test.each(['index.js', 'post.js', 'mount.js', 'commit.js', 'find.js', 'cli.js'])(
  '%s refuses a node that is too old, before it loads the program',
  async (file) => {
    const { code, stdout } = await runWith('18.19.0', file);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^build-omi needs node 20 or newer, and this is node 18\.19\.0 \(\/.*\)\. Install/,
    );
    expect(stdout.split('\n')).toHaveLength(2);
  },
);

test.each(['20.0.0', '24.1.0', '100.0.0'])('node %s is new enough', async (version) => {
  const { code, stdout } = await runWith(version, 'cli.js', ['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('Usage: build-omi');
});

test('the command line can be executed', () => {
  expect(statSync(join(dist, 'cli.js')).mode & 0o777).toBe(0o755);
});

test('the program exports their functions, and importing it does no work', () => {
  const program: object = createRequire(import.meta.url)(join(dist, 'build-omi.js'));
  expect(Object.keys(program).toSorted()).toEqual(['cli', 'commit', 'find', 'main', 'mount', 'post']);
});

/** A text of the command line, and one of a package that only it loads. */
test.each([
  ['build-omi-cli.js', 'Serve a local Outscale API'],
  ['build-omi-cli-packages.js', 'outputHelp'],
])('%s has what a build does not parse', (chunk, text) => {
  expect(read(chunk)).toContain(text);
  expect(read('build-omi.js')).not.toContain(text);
});

test('no start loads the parts of undici and of @actions/core that nothing uses', () => {
  // Its mocks, HTTP/2, the table of header names, and the client for tokens of OpenID Connect.
  const parts = ['MockAgent', 'node:http2', 'TernarySearchTree', 'BearerCredentialHandler'];
  const text = read('build-omi.js');
  expect(parts.filter((name) => text.includes(name))).toEqual([]);
});

test('the program has one byte a letter, so that node reads it at once', () => {
  for (const file of readdirSync(dist).filter((name) => name.endsWith('.js')))
    expect([file, readFileSync(join(dist, file)).findIndex((byte) => byte > 0x7f)]).toEqual([file, -1]);
});

test('the bundle has each function of @actions/core that is used', () => {
  const source = readFileSync(join(dist, '../src/report/github.ts'), 'utf8');
  const named = /webpackExports: (\[.*?\])/s.exec(source)?.[1] ?? '[]';
  const used = [...source.matchAll(/\bcore\.(\w+)/g)].map(([, name]) => name);
  expect(new Set<string>(JSON.parse(named))).toEqual(new Set(used));
});

test('the licenses of the packages of every chunk are there', () => {
  const lines = read('licenses.txt').split('\n');
  expect(lines).toEqual(expect.arrayContaining(['undici', 'yaml', 'handlebars', 'commander', 'zod']));
});
