import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { importsOf, loadedBy, type Sources } from '../support/imports.js';

const folder = resolve(import.meta.dirname, '../../src');
const sources: Sources = new Map(
  globSync('**/*.ts', { cwd: folder }).map((file) => [
    file.replace(/\.ts$/, ''),
    readFileSync(join(folder, file), 'utf8'),
  ]),
);

test.each([
  ['main', 'undici/lib/dispatcher/agent.js'],
  ['mount', 'undici/lib/dispatcher/agent.js'],
  ['commit', 'undici/lib/dispatcher/agent.js'],
  ['post', 'undici/lib/dispatcher/agent.js'],
  ['find', 'commands/unprivileged'],
])('%s loads nothing at its start that not every build needs', (entry, needed) => {
  const loaded = loadedBy(sources, entry);
  expect(loaded).toContain('commands/invocation');
  expect(loaded).toContain(needed);
  const idle =
    /^(undici|zod|yaml|handlebars|commander|cli|emulator\/.*|demo\/.*|cleanup\/sweep\/.*|web-tree-sitter|packer\/hcl\/.*)$/;
  expect([...loaded].filter((name) => idle.test(name))).toEqual([]);
});

test('the program loads an entry only when it is called', () => {
  expect([...loadedBy(sources, 'build-omi')]).toEqual(['build-omi']);
});

test('the command line loads the emulator and what rewrites a line of a terminal only on demand', () => {
  const loaded = [...loadedBy(sources, 'cli')];
  expect(loaded.filter((name) => /^((emulator|demo)\/.*|zod|log-update|yaml)$/.test(name))).toEqual([]);
});

test('imports at start, of types and on demand are distinguished', () => {
  const text = `
    import * as fs from 'node:fs';
    import type { Tools } from '../tools.js';
    import { type Wait, waitFor } from '../wait.js';
    import { type Undo } from '../resource.js';
    export * from './mount.js';
    const lazy = async () => await import(/* why */ '../template.js');
    /** import '../not.js' */`;
  expect(Object.fromEntries(importsOf('steps/new', text).map(({ of, kind }) => [of, kind]))).toEqual({
    'node:fs': 'start',
    tools: 'type',
    wait: 'start',
    // verbatimModuleSyntax keeps the import of a list of nothing but types.
    resource: 'start',
    'steps/mount': 'start',
    template: 'demand',
  });
});
