import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Converted, convertTemplate } from '../../../../src/config/convert/convert.js';
import { writeOptions } from '../../../../src/config/convert/write.js';
import { parseText } from '../../../../src/config/kit/yaml.js';
import { expression, onRunner } from '../../../support/workflow-expression.js';
import { configOf, context } from '../reading.js';

const builder = { type: 'outscale-chroot', source_omi: 'ami-12345678', omi_name: 'an image' };

/** Converts a template with one builder. */
const convert = async (
  more: object,
  options: object = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<Converted> => {
  const text = JSON.stringify({ builders: [{ ...builder, ...options }], ...more });
  const also = { environment, readFile: (path: string) => (path === 'image/web.json' ? text : undefined) };
  return await convertTemplate('image/web.json', () => undefined, context(also));
};

const shell = (...steps: object[]): object => ({
  provisioners: steps.map((one) => ({ type: 'shell', ...one })),
});

test.each([
  ['{{timestamp}}', '{{timestamp}}'],
  ['{{user `stamp`}} of {{build_name}}', 'v-{{timestamp}} of outscale-chroot'],
  ['{{isotime "20060102"}} 20060102', '{{isotime "20060102"}} 20060102'],
  ['{{isotime "2006" | upper}}', '{{isotime "2006"}}'],
  ['{{clean_resource_name isotime}}', '{{clean_resource_name (isotime)}}'],
  ['{{uuid}}', '{{uuid}}'],
  ['{{.SourceOMIName}} {{timestamp}}', '{{.SourceOMIName}} {{timestamp}}'],
])('an option that is rendered keeps its expressions of time: %s', async (template, expected) => {
  const { text, remarks } = await convert(
    { variables: { stamp: 'v-{{timestamp}}' } },
    { omi_description: template },
  );
  expect(remarks).toEqual([]);
  expect((await configOf({ 'source-omi': '', 'omi-name': '', config: text })).image.omi_description).toBe(
    expected,
  );
});

const differs = 'has a value that differs in each build; the value here is that of the conversion';

test.each([
  ['a script', shell({ inline: ['echo {{timestamp}}'] }), {}, `provisioners, item 1, run: run ${differs}`],
  [
    'an argument of an expression with data',
    {},
    { omi_description: '{{replace "x" isotime .SourceOMIName}}' },
    `omi_description: omi_description ${differs}`,
  ],
  [
    'a function that native options do not have',
    {},
    {
      omi_description: '{{strftime "%Y"}} {{strftime "%s" | upper}}'.replace(
        ' {{strftime "%s" | upper}}',
        '',
      ),
    },
    `omi_description: omi_description ${differs}`,
  ],
])('a time that options cannot say is a remark: %s', async (_, more, options, remark) => {
  const { text, remarks } = await convert(more, options);
  expect(remarks).toEqual([remark]);
  expect(text).toContain(`# Not converted: ${remark.replace(/^.*?: /, '')}`);
});

test('one UUID in two options is not two UUIDs', async () => {
  const { remarks } = await convert(
    { variables: { id: '{{uuid}}' } },
    { omi_description: '{{user `id`}}', tags: { id: '{{user `id`}}' } },
  );
  expect(remarks).toHaveLength(2);
});

test('access keys become inputs of the step, and are not printed anywhere', async () => {
  const keys = { access_key: 'AK1234567890', secret_key: 'SK1234567890', token: 'TK1234567890' };
  const { text, remarks } = await convert(
    shell({ inline: ['use SK1234567890'], execute_command: 'echo TK1234567890 | {{.Vars}} sudo {{.Path}}' }),
    { ...keys, custom_endpoint_ec2: 'https://user:p4ssw0rd@api.example.com' },
  );
  for (const secret of [...Object.values(keys), 'p4ssw0rd'])
    expect(text + remarks.join()).not.toContain(secret);
  for (const line of [
    `#     access-key: ${expression('secrets.OSC_ACCESS_KEY')}`,
    `#     secret-key: ${expression('secrets.OSC_SECRET_KEY')}`,
    `#     token: ${expression('secrets.OSC_SESSION_TOKEN')}`,
    `#     custom-endpoint-oapi: ${expression('secrets.OSC_ENDPOINT_API')}`,
    `use ${expression('secrets.OSC_SECRET_KEY')}`,
  ])
    expect(text).toContain(line);
  expect(text).toMatch(/^#\s+config: \|$/m);
  expect(remarks).toEqual([
    `provisioners, item 1: execute_command: echo ${expression('secrets.OSC_SESSION_TOKEN')} | {{.Vars}} sudo {{.Path}}`,
  ]);
});

test('secret keys of regions become expressions, each another one', async () => {
  const keys = (region: string): object => ({ region, access_key: 'AK1', secret_key: `SK-${region}` });
  const { text } = await convert(
    {},
    { omi_regions: [keys('us-east-2'), keys('us-west-1')], export_bucket: 'images' },
  );
  expect(text).not.toMatch(/SK-us/);
  for (const number of [1, 2]) expect(text).toContain(expression(`secrets.REGION_SECRET_KEY_${number}`));
});

test('a secret key of the environment is not printed', async () => {
  const { text } = await convert(
    { variables: { key: '{{env `OSC_SECRET_KEY`}}' }, ...shell({ inline: ['echo {{user `key`}}'] }) },
    {},
    { OSC_SECRET_KEY: 'SK1234567890' },
  );
  expect(text).toContain(`echo ${expression('secrets.OSC_SECRET_KEY')}`);
});

test('sensitive variables become expressions in scripts, tags and their keys', async () => {
  const { text, remarks } = await convert(
    {
      variables: { 'db-pw': 'it\'s "x"', other: 'plain' },
      'sensitive-variables': ['db-pw'],
      ...shell(
        {
          inline: ['echo {{user `db-pw`}} {{user `other`}}'],
          env: { PW: '{{user `db-pw`}}', A: '{{`$`}}{{`{{`}} a }}' },
        },
        { inline: ['true'], env: { PW: 'x' } },
      ),
    },
    { tags: { '{{user `db-pw`}}': 'a', b: '{{user `db-pw`}}' } },
  );
  expect(remarks).toEqual([]);
  expect(text).not.toContain('it\'s "x"');
  const config = onRunner(text, { DB_PW: 'it\'s "x"' });
  const { image, provision } = await configOf({ 'source-omi': '', 'omi-name': '', config });
  expect(image.tags.b).toBe('it\'s "x"');
  expect(provision.provisioners?.[0]).toMatchObject({
    run: '#!/bin/sh -e\necho it\'s "x" plain\n',
    env: { PW: 'it\'s "x"', A: expression('a') },
  });
});

test('a secret of several lines is a remark', async () => {
  const { text, remarks } = await convert({
    variables: { key: 'first\nsecond' },
    'sensitive-variables': ['key'],
    ...shell({ inline: ['cat <<E\n{{user `key`}}\nE'] }),
  });
  expect(remarks).toEqual(['provisioners, item 1, run: run contains a secret of several lines']);
  expect(text).not.toContain('second');
});

test('names of other builders become those of options, and ignored ones go', async () => {
  const { text, remarks } = await convert(
    { provisioners: [{ type: 'file', source: 'a', destination: 'b' }] },
    { source_omi: undefined, source_ami: 'ami-87654321', boot_mode: 'uefi-preferred', ena_support: true },
  );
  expect(remarks).toEqual([]);
  expect(text).not.toMatch(/ena_support|source_ami|boot_mode:/);
  const { source, image } = await configOf({ 'source-omi': '', 'omi-name': '', config: text });
  expect(source.source_omi).toBe('ami-87654321');
  expect(image.omi_boot_modes).toEqual(['legacy', 'uefi']);
});

test.each([
  [{ binary: true, script: 'a' }, ['provisioners, item 1: binary: a script with Windows line ends']],
  [{ binary: false, script: 'a' }, []],
])('binary is a remark if it has a meaning: %j', async (step, beginnings) => {
  const { remarks } = await convert(shell(step));
  expect(remarks).toEqual(beginnings.map((one) => expect.stringContaining(one)));
});

test('scripts share no environment with the commands on the VM', async () => {
  const { text } = await convert(shell({ inline: ['true'], env: { A: '1' } }), {
    post_mount_commands: ['true'],
  });
  const { provision } = await configOf({ 'source-omi': '', 'omi-name': '', config: text });
  expect(provision.env).toEqual({});
  expect(provision.provisioners?.[0]?.env).toMatchObject({ A: '1' });
});

test.each([
  ['omi_name: x', 'image/web.json: is not a Packer template; write the path of a template'],
  ['{"builders": [], "x": 1}', 'x: is not a key of a Packer template'],
])('%s is refused', async (text, message) => {
  const also = { readFile: (path: string) => (path === 'image/web.json' ? text : undefined) };
  const inputs: Readonly<Record<string, string>> = { 'source-omi': 'ami-12345678', 'omi-name': 'an image' };
  await expect(convertTemplate('image/web.json', (name) => inputs[name], context(also))).rejects.toThrow(
    message,
  );
});

test('any values are the same when they are read again', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom('a', '\n', ' ', '\t', '\r', '#', ':', '-', '"', "'", '${{', '~', '1'),
    }),
  );
  const values = fc.dictionary(
    fc.stringMatching(/^[a-z_]{1,9}$/),
    fc.oneof(text, fc.array(text), fc.array(fc.array(text)), fc.dictionary(text, text)),
    { maxKeys: 4, minKeys: 1 },
  );
  const asMaps = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? new Map(Object.entries(value).map(([key, one]) => [key, asMaps(one)]))
      : value;
  await fc.assert(
    fc.asyncProperty(values, fc.array(text), async (one, remarks) => {
      const map = new Map(Object.entries(one).map(([key, value]) => [key, asMaps(value)]));
      const located = remarks.map((remark, index) => ({
        at: [[...map.keys()][index % map.size] ?? '', index],
        text: remark,
      }));
      const written = await writeOptions(map, located, ['header', '']);
      expect((await parseText(written)).value).toEqual(map);
    }),
    { numRuns: 300 },
  );
});
