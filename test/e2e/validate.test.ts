import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { step } from '../support/action.js';
import { dist, useCloud } from '../support/cloud.js';
import { invalidOptions } from '../support/invalid-templates.js';
import { launch, type Ran, successful } from '../support/process.js';

const cloud = useCloud();
const workspace = mkdtempSync(join(tmpdir(), 'validate-'));

beforeAll(() => {
  chmodSync(workspace, 0o755);
  writeFileSync(join(workspace, 'a.sh'), 'true\n');
  writeFileSync(join(workspace, 'of-root.sh'), 'true\n', { mode: 0o600 });
  mkdirSync(join(workspace, 'folder'));
});
afterAll(() => rmSync(workspace, { recursive: true }));

/** Runs a program as a user that no file of the system names, without a network. */
const unprivileged = (file: string, arguments_: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  launch(
    [
      'unshare',
      '--net',
      'setpriv',
      '--reuid=12346',
      '--regid=12346',
      '--clear-groups',
      '--no-new-privs',
      process.execPath,
      join(dist, file),
      ...arguments_,
    ],
    { PATH: '/nowhere:/usr/bin:/bin', HOME: '/nonexistent', ...environment },
    workspace,
  ).ended;

const validate = async (flags: Readonly<Record<string, string>>): Promise<Ran> =>
  await unprivileged('cli.js', [
    'validate',
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
  ]);

const enough = { 'omi-name': 'an image {{timestamp}}', 'source-omi': 'ami-12345678' };

test('validate accepts a configuration without keys, root, VM and network', async () => {
  const { text } = successful(
    await validate({ ...enough, scripts: 'a.sh', files: `a.sh:/a\n${workspace}/folder:/b` }),
  );
  expect(text).toBe('  The configuration is valid.');
});

test('validate reports every mistake at once with exit code 2', async () => {
  writeFileSync(join(workspace, 'bad.yml'), 'omi_nam: x\nfiles: ["gone:/a"]\n');
  const { code, text } = await validate({
    'source-omi': 'ami-12345678',
    config: 'bad.yml',
    'omi-description': 'from {{.SourceOMINam}}',
    scripts: 'a.sh\nmissing.sh\nof-root.sh\nfolder\na.sh/b',
  });
  expect(code).toBe(2);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim());
  expect(lines[0]).toBe('Error: Invalid configuration, 8 problems:');
  const expected = [
    /^omi_nam \(bad\.yml, line 1, column 1\): is not an option; did you mean omi_name\?/,
    /^omi-name: is missing/,
    /^omi-description: .* uses \.SourceOMINam, which is not defined; did you mean \.SourceOMIName\?/,
    /^files: gone does not exist; write the path/,
    /^scripts: missing\.sh cannot be read \(ENOENT/,
    /^scripts: of-root\.sh cannot be read \(EACCES/,
    /^scripts: folder cannot be read \(it is a directory/,
    /^scripts: a\.sh\/b cannot be read \(ENOTDIR/,
  ];
  for (const line of expected) expect(lines).toContainEqual(expect.stringMatching(line));
});

test('validate warns about a file that commands may create', async () => {
  const flags = { ...enough, 'post-mount-commands': 'touch /tmp/later', files: 'later:/a' };
  const { text } = successful(await validate(flags));
  expect(text).toContain('files: later does not exist.');
});

test.each([
  ['gone.raw', /^source-image: gone\.raw cannot be read: ENOENT.*; write the path of a disk image/m],
  ['of-root.sh', /^source-image: of-root\.sh cannot be read: EACCES/m],
  ['folder', /^source-image: folder is not a regular file; write/m],
])('validate looks for the source image: %s', async (path, problem) => {
  const { code, text } = await validate({ 'omi-name': 'an image', 'source-image': path });
  expect([code, text.replace(/^ +/gm, '')]).toEqual([2, expect.stringMatching(problem)]);
});

test('validate accepts a source image of a path, and asks no server for one of a URL', async () => {
  const url = { 'source-image': 'https://192.0.2.1/disk.raw', 'source-image-sha256': '0'.repeat(64) };
  successful(await validate({ 'omi-name': 'an image', 'source-image': 'a.sh' }));
  successful(await validate({ 'omi-name': 'an image', ...url }));
});

test('an unknown flag of the command line has exit code 2, and --help 0', async () => {
  expect((await validate({ 'omi-nam': 'x' })).code).toBe(2);
  expect((await unprivileged('cli.js', ['validate', '--help'])).code).toBe(0);
  expect((await unprivileged('cli.js', ['validat'])).code).toBe(2);
});

test.each([
  ['an input', { INPUT_VALIDATE: 'true', 'INPUT_OMI-NAME': 'x {{.Foo}}' }],
  ['the file', { INPUT_CONFIG: 'validate: true\nomi_name: x {{.Foo}}' }],
])('the action only validates if %s says so', async (_, inputs) => {
  const { code, text } = await unprivileged('index.js', [], {
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    'INPUT_SOURCE-OMI': 'ami-12345678',
    ...inputs,
  });
  expect(code).toBe(2);
  expect(text).toMatch(/::error .*uses \.Foo, which is not defined/);
});

test('a valid configuration with validate builds nothing, and post has nothing to do', async () => {
  cloud.requests();
  const job = step(cloud, { inputs: { 'omi-name': 'never made', validate: 'true' } });
  successful(await job.main());
  successful(await job.post());
  expect(job.outputs()).toEqual({});
  expect(cloud.requests()).toEqual([]);
});

test.each([
  { 'post-mount-commands': 'true {{.Devise}}' },
  { 'snapshot-tags': 'a={{.SourceOMITag}}' },
  { 'source-omi': '{{user `base`}}' },
])('a build with a template mistake makes no API call: %j', async (inputs) => {
  cloud.requests();
  const main = await step(cloud, { inputs: { 'omi-name': 'never made', ...inputs } }).main();
  expect(main.code).toBe(2);
  expect(cloud.requests()).toEqual([]);
});

test('validate and build refuse any invalid template with the option and the name, without an API call', async () => {
  cloud.requests();
  const property = fc.asyncProperty(invalidOptions, async ({ option, name, options }) => {
    const config = JSON.stringify(options);
    const job = step(cloud, { inputs: { 'source-omi': '', config } });
    for (const { code, text } of await Promise.all([validate({ config }), job.main()])) {
      expect(code).toBe(2);
      expect(text).toContain(`${option} (config, line 1`);
      expect(text).toContain(` uses ${name}`);
    }
  });
  await fc.assert(property, { numRuns: 5, endOnFailure: true });
  expect(cloud.requests()).toEqual([]);
});
