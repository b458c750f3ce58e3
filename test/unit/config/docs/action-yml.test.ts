import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { actionYml, optionTable, withTables } from '../../../../src/config/docs/action-yml.js';
import { optionFlags } from '../../../../src/config/docs/flags.js';
import { type GroupName, optionsOf, table } from '../../../../src/config/options/table.js';

const inputsPage = readFileSync('docs/reference/inputs.md', 'utf8');
const groups = Object.keys(table).filter((name): name is GroupName => name in table);

/** What the runner takes in an action.yml (GitHub docs, "Metadata syntax"); an input has no default here. */
const described = (also: object): object => ({
  type: 'object',
  additionalProperties: {
    type: 'object',
    properties: { description: { type: 'string', minLength: 1 }, ...also },
    required: ['description'],
    additionalProperties: false,
  },
});
const metadata = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    description: { type: 'string', maxLength: 125 },
    branding: { type: 'object' },
    inputs: described({ required: { type: 'boolean' } }),
    outputs: described({}),
    runs: {
      type: 'object',
      properties: { using: { const: 'node24' }, main: { type: 'string' }, post: { type: 'string' } },
      required: ['using', 'main'],
      additionalProperties: false,
    },
  },
  required: ['name', 'description', 'inputs', 'outputs', 'runs'],
  additionalProperties: false,
};

const files = {
  build: 'action.yml',
  mount: 'mount/action.yml',
  commit: 'commit/action.yml',
  find: 'find/action.yml',
} as const;
const commands = ['build', 'mount', 'commit', 'find'] as const;

test.each(commands)('the action.yml of %s is the generated one, and valid for the runner', (command) => {
  const text = readFileSync(files[command], 'utf8');
  expect(text).toBe(actionYml(command));
  const ajv = new Ajv();
  const valid = ajv.validate(metadata, parse(text));
  expect(ajv.errors).toBeNull();
  expect(valid).toBe(true);
  const { main, post = main } = parse(text).runs;
  for (const bundle of [main, post]) expect(existsSync(resolve(dirname(files[command]), bundle))).toBe(true);
  expect(post === main).toBe(command === 'commit' || command === 'find');
});

test('the description of an option of mount and commit documents what commit inherits', () => {
  const descriptionOf = (command: 'mount' | 'commit', name: string): string =>
    optionFlags(command).find((flag) => flag.name === name)?.description ?? '';
  expect(descriptionOf('mount', 'omi-name')).toMatch(/Default: none; then set it on `commit`\.$/);
  expect(descriptionOf('commit', 'omi-name')).toMatch(
    /Default: the value set on `mount`; set it on one of them\.$/,
  );
  expect(descriptionOf('commit', 'image-timeout')).toMatch(
    /Default: the value set on `mount`, else `30m`\.$/,
  );
  expect(descriptionOf('mount', 'image-timeout')).toMatch(/Default: `30m`\.$/);
});

test('every option is an input and a flag, and its description has its default', () => {
  const names = Object.keys(optionsOf('build')).map((name) => name.replaceAll('_', '-'));
  expect(Object.keys(parse(actionYml('build')).inputs)).toEqual(names);
  expect(optionFlags('build').map(({ name }) => name)).toEqual(names);
  const size = optionFlags('build').find(({ name }) => name === 'root-volume-size');
  expect(size).toEqual({
    name: 'root-volume-size',
    placeholder: 'GiB',
    description:
      'Size of the root volume in GiB. It must not be smaller than the root snapshot of the source. Default: same as the source.',
    section: 'Root volume',
  });
});

test('a table has one row per option', () => {
  const rows = optionTable('source').split('\n');
  expect(rows.slice(0, 3)).toEqual([
    '| input | type | default | description |',
    '| --- | --- | --- | --- |',
    '| `source-omi` | text |  | ID of the source OMI. The root volume is created from its root snapshot. |',
  ]);
  expect(rows).toHaveLength(2 + Object.keys(table.source).length);
});

test('tables are regenerated, other text stays', () => {
  const text = 'a\n<!-- options:source -->\nold\n<!-- /options -->\nb\n';
  const made = withTables(text);
  expect(made).toBe(`a\n<!-- options:source -->\n${optionTable('source')}\n<!-- /options -->\nb\n`);
  expect(withTables(made)).toBe(made);
  expect(() => withTables('<!-- options:nothing -->\n<!-- /options -->')).toThrow(
    'unknown option group nothing',
  );
});

test('the page of inputs has the table of every group', () => {
  for (const group of groups) expect(inputsPage).toContain(`<!-- options:${group} -->`);
  expect(withTables(inputsPage)).toBe(inputsPage);
});
