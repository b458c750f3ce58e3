import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { importsOf, loadedBy, type Row, type Sources, violations } from '../support/imports.js';

const row = (values: string, types = ''): Row => ({
  values: values.split(' ').filter(Boolean),
  types: types.split(' ').filter(Boolean),
});

/** Who may import what of ours: values and types, and what only as a type. Data goes one way. */
const table = {
  'build-omi': row('main post mount commit cli'),
  main: row('config/* report/* way-in run/build'),
  mount: row('config/* report/* way-in run/mount'),
  commit: row('config/* report/* way-in run/commit'),
  post: row('report/* way-in run/post'),
  cli: row('config/* way-in run/* demo/* emulator/*', 'report/*'),
  'way-in': row(
    'template config/* host/door host/regular-file host/user host/vm host/working-directory report/* errors',
  ),
  'run/*': row(
    'run/* way-in build mount-build commit-build handover connect tools undo/* sweep/* ledger/* config/* host/* report/* errors',
    'publish',
  ),
  'demo/*': row('demo/* run/build emulator/* host/* outscale/* report/* wait errors'),
  build: row('prepare publish steps/*', 'config/* host/* tools'),
  'mount-build': row('prepare steps/*', 'handover ledger/* config/* host/* tools'),
  'commit-build': row('publish steps/* undo/hold host/* errors', 'handover config/* tools'),
  handover: row('', 'config/* host/* steps/*'),
  prepare: row('steps/*', 'config/* host/* tools'),
  publish: row('steps/*', 'config/* tools'),
  'sweep/*': row('sweep/* undo/* ledger/* outscale/* host/* report/* errors', 'config/* tools'),
  'undo/hold': row('errors', 'ledger/* tools'),
  'undo/detach': row('host/* outscale/* errors', 'ledger/* tools'),
  'undo/*': row('undo/* steps/* ledger/* outscale/* config/* host/* report/* errors', 'tools'),
  'steps/*': row(
    'undo/hold undo/detach host/* outscale/* wait template errors',
    'steps/* config/* ledger/* tools',
  ),
  connect: row('outscale/* host/regular-file errors', 'config/* report/*'),
  tools: row('host/* outscale/* ledger/* wait errors', 'config/* report/*'),
  'ledger/*': row('ledger/* errors', 'host/*'),
  'config/*': row('config/* template errors'),
  'outscale/*': row('outscale/* wait errors version'),
  'host/*': row('host/* wait errors'),
  'report/*': row('report/* errors', 'config/*'),
  'emulator/*': row('emulator/* outscale/api outscale/sign host/exec errors'),
  template: row('template/*'),
  'template/*': row('template/* errors', 'template'),
  wait: row(''),
  errors: row(''),
  version: row(''),
};

/** The one place that imports a package. */
const packages = {
  '@actions/core': 'report/*',
  aws4: 'outscale/*',
  commander: 'cli',
  handlebars: 'template/*',
  'node:child_process': 'host/exec',
  'proper-lockfile': 'host/*',
  undici: 'outscale/*',
  yaml: 'config/*',
  zod: 'outscale/*',
};

const folder = resolve(import.meta.dirname, '../../src');
const sources: Sources = new Map(
  globSync('**/*.ts', { cwd: folder }).map((file) => [
    file.replace(/\.ts$/, ''),
    readFileSync(join(folder, file), 'utf8'),
  ]),
);

test('every import is in the table', () => {
  expect(sources.size).toBeGreaterThan(100);
  expect(violations(sources, table, packages)).toEqual([]);
});

test.each(['main', 'mount', 'commit', 'post'])(
  '%s loads nothing at its start that not every build needs',
  (entry) => {
    const loaded = loadedBy(sources, entry);
    expect(loaded).toContain('way-in');
    expect(loaded).toContain('undici');
    const idle = /^(zod|yaml|handlebars|commander|cli|emulator\/.*|demo\/.*|sweep\/.*)$/;
    expect([...loaded].filter((name) => idle.test(name))).toEqual([]);
  },
);

test('the program loads an entry only when it is called', () => {
  expect([...loadedBy(sources, 'build-omi')]).toEqual(['build-omi']);
});

test('the command line loads the emulator only when it is asked for', () => {
  const loaded = [...loadedBy(sources, 'cli')];
  expect(loaded.filter((name) => /^(emulator|demo)\//.test(name) || name === 'zod')).toEqual([]);
});

test('an import is told from the import of a type, and from one on demand', () => {
  const text = `
    import * as fs from 'node:fs';
    import type { Tools } from '../tools.js';
    import { type Wait, waitFor } from '../wait.js';
    import { type Undo } from '../hold.js';
    export type { Row } from './table.js';
    export * from './mount.js';
    const lazy = async () => await import(/* why */ '../template.js');
    let options: import('../config/table.js').BuildConfig;
    /** import '../not.js' */`;
  expect(Object.fromEntries(importsOf('steps/new', text).map(({ of, kind }) => [of, kind]))).toEqual({
    'node:fs': 'start',
    tools: 'type',
    wait: 'start',
    // verbatimModuleSyntax keeps the import of a list of nothing but types.
    hold: 'start',
    'steps/table': 'type',
    'steps/mount': 'start',
    template: 'demand',
    'config/table': 'type',
  });
});

test('a file that breaks the table is named', () => {
  const wrong = new Map([
    ...[...sources.keys()].map((name): [string, string] => [name, '']),
    ['steps/attach', `import { mountRoot } from './mount.js'; import type { Root } from './mount.js';`],
    [
      'steps/room',
      `import type { Tools } from '../tools.js'; import type { Report } from '../report/report.js';`,
    ],
    [
      'host/mounts',
      `import { spawn } from 'node:child_process'; import { askOnce } from '../outscale/once.js';`,
    ],
    ['outscale/sign', `export { describe } from '../errors.js'; import 'axios';`],
    ['config/read', `export const { parse } = await import('yaml');`],
    ['report/report', `import { outputs } from '../config/outputs.js';`],
    ['cli', `const { serve } = await import('./emulator/serve.js'); import 'yaml';`],
    ['stray', ''],
  ]);
  expect(violations(wrong, { ...table, absent: row('errors') }, packages)).toEqual([
    'absent is in the table, but no file',
    'cli may not import yaml (start)',
    'host/mounts may not import node:child_process (start)',
    'host/mounts may not import outscale/once (start)',
    'outscale/sign may not import axios (start)',
    'report/report may not import config/outputs (start)',
    'steps/attach may not import steps/mount (start)',
    'steps/room may not import report/report (type)',
    'stray is not in the table',
  ]);
});
