import { expect, test } from '@jest/globals';
import { readConfig } from '../../../../src/config/read.js';
import { configOf, context, enough, issuesOf } from '../reading.js';

const bucket = { 'export-bucket': 'images' };

test('regions are names or maps', async () => {
  const written =
    '- us-east-2\n- {region: us-west-1, access_key: AK, secret_key: SK, name: "x {{timestamp}}"}';
  const { copies } = await configOf({ 'omi-regions': written, ...bucket });
  const none = { access_key: undefined, secret_key: undefined, profile: undefined, name: undefined };
  expect(copies.omi_regions).toEqual([
    { ...none, region: 'us-east-2', custom_endpoint_oapi: undefined },
    {
      ...none,
      region: 'us-west-1',
      custom_endpoint_oapi: undefined,
      access_key: 'AK',
      secret_key: 'SK',
      name: 'x {{timestamp}}',
    },
  ]);
  expect([copies.omi_regions_on_failure, copies.keep_export]).toEqual(['cleanup', false]);
});

test.each([
  [{ 'omi-regions': 'us-east-2\nus-west-1' }, 'omi-regions: needs export-bucket; set it to a bucket in the'],
  [
    { 'omi-regions': 'us-east-2', region: 'eu-west-2' },
    'omi-regions: needs export-bucket; set it to a bucket in the region of this VM',
  ],
  [
    { 'omi-regions': 'us-east-2\nmars-1', ...bucket },
    'omi-regions, item 2: "mars-1" is not an Outscale region; must be one of: ap-northeast-1,',
  ],
  [
    { 'omi-regions': 'us-east-2\nus-east-2', ...bucket },
    'omi-regions, item 2: "us-east-2" is in the list twice',
  ],
  [
    { 'omi-regions': '[{region: us-east-2, access_key: AK}]', ...bucket },
    'omi-regions, item 1: has only one of access_key and secret_key; set both or neither',
  ],
  [{ 'omi-regions': '[{name: abc}]', ...bucket }, 'omi-regions, item 1, region: is missing'],
  [
    { 'omi-regions': 'us-east-2', 'skip-create-omi': 'true', ...bucket },
    'omi-regions: cannot be combined with skip-create-omi: only an OMI is copied',
  ],
  [
    { 'omi-regions': 'us-east-2', 'keep-volume': 'only', ...bucket },
    'omi-regions: cannot be combined with keep-volume: only: only an OMI is copied',
  ],
  [
    { 'omi-regions': '[{region: us-east-2, name: "x {{ .Nonsense }}"}]', ...bucket },
    'omi-regions, item 1, name: "x {{ .Nonsense }}"',
  ],
])('%j is refused', async (inputs, start) => {
  const [issue = '', ...more] = await issuesOf(inputs);
  expect(issue.slice(0, start.length)).toBe(start);
  expect(more).toEqual([]);
});

test.each([
  { 'omi-regions': 'us-east-2', region: 'us-east-2' },
  // It may be the region of this VM.
  { 'omi-regions': 'us-east-2' },
  { 'omi-regions': '[{region: mars-1, custom_endpoint_oapi: api.mars.example.com}]', ...bucket },
  { 'omi-regions': 'mars-1', 'skip-region-validation': 'true', ...bucket },
])('%j is accepted', async (inputs: Readonly<Record<string, string>>) => {
  expect(await issuesOf(inputs)).toEqual([]);
});

test.each([
  [
    'the input',
    { 'omi-regions': '[{"region": "us-east-2", "access_key": "AK", "secret_key": "TOPSECRET"}]' },
  ],
  ['the file', { config: 'omi_regions:\n- {region: us-east-2, access_key: AK, secret_key: TOPSECRET}' }],
  ['a legacy name', { config: 'ami_regions:\n- {region: us-east-2, access_key: AK, secret_key: TOPSECRET}' }],
  ['a text that is no list', { 'omi-regions': 'region: us-east-2\nsecret_key: TOPSECRET' }],
  ['invalid YAML', { 'omi-regions': '- {region: us-east-2, secret_key: TOPSECRET' }],
  ['a password', { 'omi-regions': '[{region: us-east-2, custom_endpoint_oapi: https://me:TOPSECRET@host}]' }],
  ['an escape', { 'omi-regions': '[{region: us-east-2, access_key: AK, "secret_key": "TOPS\\u0045CRET"}]' }],
])('a secret key in %s is masked', async (_, inputs: Readonly<Record<string, string>>) => {
  const masked: string[] = [];
  const all: Readonly<Record<string, string>> = { ...enough, ...bucket, ...inputs };
  const mask = (secret: string): void => void masked.push(secret);
  await readConfig((name) => all[name], context({ mask })).catch((error: unknown) => String(error));
  expect(masked).toContain('TOPSECRET');
});

test('a secret key with braces is no template, and no message quotes it', async () => {
  const written = '[{region: us-east-2, access_key: AK, secret_key: "{{TOPSECRET"}]';
  expect(await issuesOf({ 'omi-regions': written, ...bucket })).toEqual([]);
});
