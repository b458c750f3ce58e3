import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { dist } from '../support/cloud.js';
import { launch } from '../support/process.js';

const workspace = mkdtempSync(join(tmpdir(), 'convert-'));
chmodSync(workspace, 0o755);
afterAll(() => rmSync(workspace, { recursive: true }));

const template = (steps: readonly object[]): string =>
  JSON.stringify({
    variables: { version: '1', source: 'ami-12345678', pw: 'tops3cret' },
    'sensitive-variables': ['pw'],
    builders: [
      {
        type: 'outscale-chroot',
        name: 'web',
        source_omi: '{{user `source`}}',
        omi_name: 'web {{user `version`}}',
      },
      {
        type: 'outscale-chroot',
        name: 'db',
        source_omi: '{{user `source`}}',
        omi_name: 'db {{user `version`}}',
      },
    ],
    provisioners: steps,
  });

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user that no file of the system names, without a network. */
async function convert(...flags: readonly string[]): Promise<Result> {
  const user = ['setpriv', '--reuid=12347', '--regid=12347', '--clear-groups', '--no-new-privs'];
  const command = [process.execPath, join(dist, 'cli.js'), 'convert', ...flags];
  const { code } = await launch(
    ['sh', '-c', 'exec "$@" >out 2>err', 'sh', 'unshare', '--net', ...user, ...command],
    { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent' },
    workspace,
  ).ended;
  const read = (name: string): string => readFileSync(join(workspace, name), 'utf8');
  return { code, stdout: read('out'), stderr: read('err') };
}

const shell = (more: object): object => ({ type: 'shell', inline: ['true'], ...more });

test('convert prints options with the builder, variables and files that it is given', async () => {
  writeFileSync(join(workspace, 'web.json'), template([shell({ inline: ['echo {{user `version`}}'] })]));
  writeFileSync(join(workspace, 'v.json'), '{"version": "2", "source": "ami-87654321"}');
  const flags = ['--builder', 'db', '--variables', 'version=3', '--variable-files', 'v.json'];
  const { code, stdout, stderr } = await convert('web.json', ...flags);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(parse(stdout)).toMatchObject({
    source_omi: 'ami-87654321',
    omi_name: 'db 3',
    provisioners: [{ run: '#!/bin/sh -e\necho 3\n' }],
  });
  expect(stdout).toMatch(/^# {5}config: web\.yml$/m);
});

test('what options cannot say is on stderr and at its place, with exit code 1, and without secrets', async () => {
  const steps = [shell({ execute_command: 'echo {{user `pw`}} | {{.Vars}} sudo {{.Path}}' })];
  writeFileSync(join(workspace, 'web.json'), template(steps));
  const { code, stdout, stderr } = await convert('web.json', '--builder', 'web');
  expect(code).toBe(1);
  expect(stderr).toContain('not converted: provisioners, item 1: execute_command: ');
  expect(stdout).toMatch(/provisioners:\n {2}# Not converted: execute_command: .*\n {2}- run: \|/);
  expect(stdout + stderr).not.toContain('tops3cret');
});

test.each([
  [
    'a template with a mistake',
    ['web.json', '--builder', 'web'],
    'has the type ansible, which is not supported',
  ],
  ['no file', ['missing.json'], 'is not a readable file'],
  ['no argument', [], "missing required argument 'file'"],
  ['an option of a build', ['web.json', '--omi-name', 'x'], "unknown option '--omi-name'"],
])('%s is invalid input: exit code 2, and nothing on stdout', async (_, flags, message) => {
  writeFileSync(join(workspace, 'web.json'), template([{ type: 'ansible' }]));
  const { code, stdout, stderr } = await convert(...flags);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});
