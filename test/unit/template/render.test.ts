import { expect, test } from '@jest/globals';
import { render } from '../../../src/template/render.js';
import type { TemplateData } from '../../../src/template/types.js';

const startedAt = new Date('2026-11-21T07:05:09.042Z');
const data: TemplateData = {
  BuildId: '0123456789ab',
  Device: '/dev/xvdf',
  SourceOMIName: 'Debian 12: amd64 & "x"',
  SourceOMITags: { Name: 'web', 'a-b': 'dashed', empty: '' },
};
const environment = { NAME: 'value', OTHER: 'a\\b' };
const filled = async (template: string): Promise<string> =>
  await render('omi_name', template, data, { startedAt, environment });

test('a value with braces stays as it is', async () => {
  const braces = { Device: '{{.BuildId}}', BuildId: 'x' };
  expect(await render('run', '{{.Device}}', braces, { startedAt })).toBe('{{.BuildId}}');
  await expect(render('run', '{{.constructor}}', braces, { startedAt })).rejects.toThrow('not defined');
});

test.each([
  ['no braces { } }}', 'no braces { } }}'],
  ['{{.Device}}1', '/dev/xvdf1'],
  ['a{{ .BuildId }}b{{.BuildId}}', 'a0123456789abb0123456789ab'],
  ['{{.SourceOMIName}}', 'Debian 12: amd64 & "x"'],
  ['{{ .SourceOMITags.Name }}', 'web'],
  ['{{index .SourceOMITags "a-b"}}', 'dashed'],
  ['{{ .SourceOMITags.Missing }}|', '|'],
  ['{{timestamp}}', '1795244709'],
  ['{{ isotime }}', '2026-11-21T07:05:09Z'],
  ['{{isotime "2006-01-02"}}', '2026-11-21'],
  ['{{isotime `20060102-150405`}}', '20261121-070509'],
  ['{{isotime "Mon Jan _2 15:04:05 MST 2006"}}', 'Sat Nov 21 07:05:09 UTC 2026'],
  ['{{isotime "Monday, 2 January 06, 3:04 PM -0700"}}', 'Saturday, 21 November 26, 7:05 AM +0000'],
  ['{{isotime "1/2 4:5 .000 .999 002"}}', '11/21 5:9 .042 .042 325'],
  ['{{env `NAME`}} {{ env "OTHER" }} {{env "UNSET"}}', 'value a\\b '],
  ['{{clean_resource_name .SourceOMIName}}', 'Debian 12- amd64 - -x-'],
  ['{{ .SourceOMIName | clean_omi_name }}', 'Debian 12- amd64 - -x-'],
  ['{{ .SourceOMITags.Name | upper | lower | upper }}', 'WEB'],
  ['{{upper (lower .SourceOMITags.Name)}}', 'WEB'],
  ['{{ (.SourceOMITags.Name | upper) }}', 'WEB'],
  ['{{upper isotime}}', '2026-11-21T07:05:09Z'],
  ['{{replace "e" "-" .SourceOMITags.Name}}', 'w-b'],
  ['{{ .BuildId | replace "a" "$&" }}', '0123456789$&b'],
  ['{{replace "." "" 1 "1.2.3"}}', '12.3'],
  ['{{split "a_b_c" "_" 1}}', 'b'],
  ['{{ .Device | split "/" 2 }}', 'xvdf'],
  ['{{"literal }} {{braces"}} \\{{`raw \\`}}', 'literal }} {{braces \\raw \\'],
  ['x {{- .BuildId -}} y', 'x0123456789aby'],
])('%s', async (template, result) => {
  expect(await filled(template)).toBe(result);
});

test('uuid returns a different value each time', async () => {
  const [one, other] = [await filled('{{uuid}}'), await filled('{{uuid}}')];
  expect(one).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(other).not.toBe(one);
});

test.each([
  ['{{.Devise}}', 'uses .Devise, which is not defined'],
  ['{{.constructor}}', 'uses .constructor, which is not defined'],
  ['{{.Device.Name}}', 'uses .Device.Name, which is not defined'],
  ['{{.SourceOMITags}}', 'uses .SourceOMITags, which is a map: use one of its keys'],
  ['{{Device}}', 'uses Device, which is not defined'],
  ['{{toString}}', 'uses toString, which is not defined'],
  ['{{#if .Device}}x{{/if}}', 'has invalid syntax at #if .Device'],
  ['{{if .Device}}x{{end}}', 'uses if, which is not defined'],
  ['{{.Device', 'has unclosed braces'],
  ['{{}}', 'has an empty expression'],
  ['{{upper (lower .Device}}', 'has an unclosed parenthesis'],
  ['{{upper .Device)}}', 'has an unmatched closing parenthesis'],
  ['{{.Device | .BuildId}}', 'has a pipe into a value that is not a function'],
  ['{{upper}}', 'passes a map, or too few arguments, to a function that takes text'],
  ['{{upper .SourceOMITags}}', 'passes a map, or too few arguments, to a function that takes text'],
  ['{{split "a" "_" 1}}', 'splits a into fewer parts than the index requires'],
])('%s is refused', async (template, why) => {
  await expect(filled(template)).rejects.toThrow(`omi_name: the template ${template} ${why}`);
});

test('the hint of an undefined name lists the available names', async () => {
  await expect(filled('{{.X}}')).rejects.toHaveProperty(
    'hint',
    'Available: .BuildId, .Device, .SourceOMIName, .SourceOMITags, timestamp, isotime, uuid, env, clean_resource_name, clean_omi_name, upper, lower, replace, replace_all, split, index.',
  );
});

test.each([
  ['{{user `x`}}', /inputs\.NAME/],
  ['{{build_name}}', /matrix\.NAME/],
  ['{{template_dir}}', /workspace/],
])('%s is an error with an alternative', async (template, hint) => {
  await expect(filled(template)).rejects.toHaveProperty('hint', expect.stringMatching(hint));
});

test('a missing key gets a notice', async () => {
  const lines: string[] = [];
  const notice = (line: string): void => void lines.push(line);
  for (const template of ['{{.SourceOMITags.Gone}}', '{{index .SourceOMITags "Lost"}}'])
    expect(await render('tags', template, data, { startedAt, notice })).toBe('');
  expect(lines).toEqual([
    'tags: .SourceOMITags has no key Gone: its value is empty',
    'tags: the map has no key Lost: its value is empty',
  ]);
});
