import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { readConfig } from '../../../../src/config/read.js';
import { invalidOptions, templated, valueWith } from '../../../support/invalid-templates.js';
import { context, issuesOf } from '../reading.js';

test.each([
  [
    { 'post-mount-commands': '["sleep 5", "grub-install {{.Devise}}"]' },
    'post-mount-commands, item 2: "grub-install {{.Devise}}" uses .Devise, which is not defined; did you mean .Device?',
  ],
  [
    { 'pre-mount-commands': 'ls {{.MountPath}}' },
    'pre-mount-commands, item 1: "ls {{.MountPath}}" uses .MountPath, which is not defined; available: .Device, timestamp',
  ],
  [
    { 'omi-name': 'a {{isotimes}}' },
    'omi-name: "a {{isotimes}}" uses isotimes, which is not defined; did you mean isotime?',
  ],
  [{ 'omi-name': 'a {{timestamp' }, 'omi-name: "a {{timestamp" has'],
  [
    { 'omi-description': 'a {{user `x`}}' },
    'omi-description: "a {{user `x`}}" calls user, which is not supported; Use a workflow expression',
  ],
  [{ 'omi-description': '{{.BuildId' }, 'omi-description: "{{.BuildId" has unclosed braces; available:'],
  [{ 'omi-description': '{{upper}}' }, 'omi-description: "{{upper}}" passes a map, or too few arguments'],
  [{ 'omi-description': '{{.SourceOMITags}}' }, 'uses .SourceOMITags, which is a map: use one of its keys'],
  [{ 'omi-description': '{{split "a-b" "-" 2}}' }, 'splits a-b into fewer parts'],
  [{ tags: 'Name={{.SourceOmi}}' }, 'tags, Name: "{{.SourceOmi}}" uses .SourceOmi, which is not defined'],
  [{ 'snapshot-tags': 'a={{foo}}' }, 'snapshot-tags, a: "{{foo}}" uses foo'],
  [{ 'root-volume-tags': 'a={{.Device}}' }, 'root-volume-tags, a: "{{.Device}}" uses .Device'],
  [{ 'mount-path': '/mnt/{{.MountPath}}' }, 'mount-path: "/mnt/{{.MountPath}}" uses .MountPath'],
  [
    { 'command-wrapper': 'sudo {{.Command}} {{.User}}' },
    'command-wrapper: "sudo {{.Command}} {{.User}}" uses',
  ],
])('an invalid template is found before the build starts: %j', async (inputs, line) => {
  const lines = await issuesOf(inputs);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(line);
});

test.each([
  [
    { 'source-omi-filter': '{filters: {"tag:Name": "{{user `base`}}"}, owners: [self]}' },
    'source-omi-filter: ',
    'use a workflow expression such as inputs.NAME or vars.NAME',
  ],
  [
    { 'source-omi': '{{env `BASE`}}' },
    'source-omi: "{{env `BASE`}}" has a template',
    'write the value itself',
  ],
  [{ scripts: 'a.sh\n{{.Device}}.sh' }, 'scripts: ', 'write the value itself'],
  [{ files: '[{source: "{{.X}}", destination: /a}]' }, 'files: ', 'write the value itself'],
  [
    { provisioners: '[{run: true}, {script: "{{.X}}.sh"}]' },
    'provisioners, item 2, script: ',
    'write the value',
  ],
])('an option without templates says so: %j', async (inputs, beginning, fix) => {
  const lines = await issuesOf(inputs);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.startsWith(beginning)).toBe(true);
  expect(lines[0]).toContain('has a template, but templates are not rendered in this option');
  expect(lines[0]).toContain(fix);
});

test.each([
  [{ run: 'docker inspect --format "{{.State}}" x' }],
  [{ env: 'A={{.State}}' }],
  [{ provisioners: '[{run: "echo {{x}}", env: {A: "{{y}}"}, name: "{{z}}"}]' }],
  [{ 'secret-key': '{{x}}', 'access-key': '{{y}}' }],
  [{ 'omi-description': '{{split .SourceOMIName "-" 7}} {{index .SourceOMITags "Name"}}' }],
  [{ 'omi-description': '{{ .SourceOMITags.Any | clean_omi_name }}{{env `UNSET`}}' }],
  [{ 'omi-description': '{{.SourceAMI}} {{.SourceAMIName | lower}} {{.SourceAMITags.Any}}' }],
])('valid braces are accepted: %j', async (inputs) => {
  expect(await issuesOf(inputs)).toEqual([]);
});

test.each(['.SourceOMI', '.SourceAMITags.Name'])(
  'a build from scratch has no data of a source: %s',
  async (data) => {
    const lines = await issuesOf({
      'source-omi': '',
      'from-scratch': 'true',
      'root-volume-size': '4',
      'root-device-name': '/dev/sda1',
      'pre-mount-commands': 'mkfs {{.Device}}',
      'omi-block-device-mappings': '[{device_name: /dev/sda1}]',
      tags: `from={{${data}}}`,
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^tags, from: .* uses \.Source\w+, .* remove it: a build from scratch/);
  },
);

test('mistakes are reported with the position in the file, together with all others', async () => {
  const readFile = (path: string): string | undefined =>
    path !== 'a.yml' ? undefined : 'tags:\n  Name: "{{.Nam}}"\nsource_omi_filter:\n  owner: self\n';
  const lines = await issuesOf({ config: 'a.yml', 'root-volume-size': 'big' }, { readFile });
  expect(lines.find((line) => line.startsWith('tags (a.yml, line 2, column 3), Name'))).toContain('.Nam');
  expect(lines.some((line) => line.startsWith('root-volume-size'))).toBe(true);
});

test('every templated option has a case here', () => {
  expect(templated.toSorted()).toEqual(Object.keys(valueWith).toSorted());
});

test('any configuration with any invalid template is refused with the option and the unknown name', async () => {
  const property = fc.asyncProperty(
    invalidOptions,
    fc.boolean(),
    async ({ option, name, options }, inFile) => {
      const file = stringify(options);
      const error: unknown = await readConfig(
        (input) => (input === 'config' ? (inFile ? 'a.yml' : file) : undefined),
        context({ readFile: (path) => (path === 'a.yml' ? file : undefined) }),
      ).catch((thrown: unknown) => thrown);
      const message = error instanceof Error ? error.message : '';
      expect(message.split('\n')).toHaveLength(2);
      expect(message).toContain(`\n  ${option} (`);
      expect(message).toContain(` uses ${name}`);
    },
  );
  await fc.assert(property, { numRuns: 200 });
});
