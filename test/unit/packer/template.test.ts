import { expect, test } from '@jest/globals';
import type { HalfConfig } from '../../../src/config/options/table.js';
import { readHalf } from '../../../src/config/read.js';
import { configOf, context, issuesOf } from '../config/reading.js';

/** A template with one builder, as the text of `config`. */
const template = (more: object, builder: object = {}): string =>
  JSON.stringify({ builders: [{ type: 'outscale-chroot', ...builder }], ...more }, null, 1);

/** The problems of a template, without their positions. */
const problems = async (
  more: object,
  builder: object = {},
  inputs: Readonly<Record<string, string>> = {},
): Promise<string[]> =>
  (await issuesOf({ config: template(more, builder), ...inputs })).map((line) =>
    line.replace(/, line \d+, column \d+/, ''),
  );

const shell = (more: object): object => ({ provisioners: [{ type: 'shell', ...more }] });

test.each([
  ['shell-local', 'between its actions mount and commit'],
  ['ansible', 'between the actions mount and commit'],
  ['powershell', 'builds Linux images'],
  ['chef-client', 'in a shell provisioner'],
  ['salt-masterless', 'in a shell provisioner'],
  ['windows-restart', 'builds Linux images'],
  ['unheard-of', 'write shell, file, sleep or breakpoint'],
])('the provisioner %s is refused with the way to do the same', async (type, fix) => {
  const [line = ''] = await problems({ provisioners: [{ type }] });
  expect(line).toContain(
    `config, config, provisioners, item 1: has the type ${type}, which is not supported; `,
  );
  expect(line).toContain(fix);
});

test.each(['checksum', 'shell-local', 'compress'])('the post-processor %s is refused', async (type) => {
  expect(await problems({ 'post-processors': [[type]] })).toEqual([
    expect.stringContaining(`post-processors, item 1, item 1: has the type ${type}, which is not supported`),
  ]);
});

test.each([
  ['{{packer_version}}', 'calls packer_version: no version of Packer is involved'],
  ['{{consul_key `a`}}', 'calls consul_key: read the value in an earlier step'],
  ['{{vault `a` `b`}}', 'calls vault: read the value in an earlier step'],
  ['{{aws_secretsmanager `a`}}', 'calls aws_secretsmanager: read the value in an earlier step'],
  ['{{env `HOME`}}', 'calls env: it is available only in variables'],
  ['{{build `ID`}}', 'calls build: it has data of the running build'],
  ['{{nonsense}}', 'calls nonsense, which is not defined'],
  ['{{.SourceOMI}}', 'uses .SourceOMI, which is not available here'],
  ['{{user `a`', 'has unclosed braces'],
])('the expression %s in a script is refused', async (text, why) => {
  expect(await problems(shell({ inline: [text] }))).toEqual([
    expect.stringContaining(
      `provisioners, item 1, inline, item 1: the expression in ${JSON.stringify(text)} ${why}`,
    ),
  ]);
});

test('all problems of a template are in one error, each with its position', async () => {
  const lines = await issuesOf({
    config: template({
      buildrs: [],
      variables: { need: null },
      provisioners: [{ type: 'ansible' }, { type: 'shell', inlin: [] }],
    }),
  });
  expect(lines).toHaveLength(5);
  for (const line of lines) expect(line).toMatch(/^config, config, line \d+, column \d+, /);
});

test('an option with a wrong value has the position of the template', async () => {
  expect(await issuesOf({ config: template({}, { root_volume_size: 'ten', omi_nam: 'x' }) })).toEqual([
    'omi_nam (config, line 6, column 4): is not an option; did you mean omi_name?',
    'root_volume_size (config, line 5, column 4): "ten" is not a valid number of GiB; write digits only, 1 to 14901',
  ]);
});

test.each(['run', 'scripts', 'files', 'provisioners'])('%s beside a template is refused', async (name) => {
  expect(await problems({}, {}, { [name]: name === 'files' ? 'a:/b' : '[]' })).toContain(
    `${name}: cannot be combined with a Packer template; move it to the provisioners of the template`,
  );
});

test('values stay data: braces in a variable are not an expression', async () => {
  const config = template({ variables: { a: '{{`{{.SourceOMI}}`}}' } }, { omi_description: 'x{{user `a`}}' });
  const { image } = await configOf({ config });
  expect(image.omi_description).toBe('x{{"{{.SourceOMI}}"}}');
});

test('an expression with data of the build keeps it, and has the values of everything else', async () => {
  const config = template(
    { variables: { sep: '-' } },
    { name: 'web', omi_name: '{{replace " " (user `sep`) .SourceOMIName | lower}} {{build_name}}' },
  );
  const { image } = await configOf({ 'omi-name': '', config });
  expect(image.omi_name).toBe('{{lower (replace " " "-" .SourceOMIName)}} web');
});

test('options of the action win over the template', async () => {
  const { image } = await configOf({
    'omi-name': 'from the input',
    config: template({}, { omi_name: 'from the template' }),
  });
  expect(image.omi_name).toBe('from the input');
});

test('a variable file overrides a default, a later one an earlier one, variables override both', async () => {
  const config = template(
    { variables: { a: '1', b: '1', c: '1', d: '1' } },
    { omi_name: '{{user `a`}}{{user `b`}}{{user `c`}}{{user `d`}}' },
  );
  const files: Readonly<Record<string, string>> = {
    one: '{"b": "2", "c": "2", "d": "2"}',
    two: '{"c": "3", "d": "3"}',
  };
  const { image } = await configOf(
    { 'omi-name': '', config, 'variable-files': 'one\ntwo', variables: 'd=4' },
    { readFile: (path) => files[path] },
  );
  expect(image.omi_name).toBe('1234');
});

test('sensitive variables are masked before a notice', async () => {
  const calls: string[] = [];
  await configOf(
    {
      config: template({
        'sensitive-variables': ['pw'],
        variables: { pw: 'tops3cret' },
        ...shell({ inline: ['true'], skip_clean: true }),
      }),
    },
    { mask: (secret) => calls.push(`mask ${secret}`), notice: () => calls.push('notice') },
  );
  expect(calls[0]).toBe('mask tops3cret');
  expect(calls).toContain('notice');
});

test.each([
  [
    'several builders',
    [
      { type: 'osc-chroot', name: 'a' },
      { type: 'amazon-chroot', name: 'b' },
    ],
    {},
    'has several builders that match (osc-chroot.a, amazon-chroot.b); set builder to one of: osc-chroot.a, amazon-chroot.b',
  ],
  [
    'an unknown builder',
    [{ type: 'osc-chroot', name: 'a' }],
    { builder: 'c' },
    'has no builder c; set builder to one of: osc-chroot.a',
  ],
  [
    'other builders only',
    [{ type: 'outscale-bsu' }],
    {},
    'has no builder of a supported type (it has: outscale-bsu)',
  ],
  [
    'a chosen builder of another type',
    [{ type: 'osc-chroot', name: 'a' }, { type: 'file' }],
    { builder: 'file' },
    'has the type file, which is not supported',
  ],
])('%s: the error names the builders', async (_, builders, inputs, line) => {
  const [issue] = await issuesOf({ config: JSON.stringify({ builders }), ...inputs });
  expect(issue).toContain(line);
});

test('a template that is YAML but not JSON is refused with the position', async () => {
  expect(await issuesOf({ config: '{"builders": [],}' })).toEqual([
    expect.stringMatching(
      /^config: is a Packer template, but not valid JSON at line 1, column \d+; correct the syntax$/,
    ),
  ]);
});

test.each([
  ['packer', ''],
  ['packer/', ''],
  ['packer.json', ''],
])('the path %s that is not a readable file', async (config, more) => {
  expect(await issuesOf({ config })).toEqual([
    `config: "${config}" is not a readable file; write the path of a YAML or JSON file${more}`,
  ]);
});

/** The options that mount reads from a template with these keys. */
const mounted = async (more: object): Promise<HalfConfig> => {
  const config = template(more, { source_omi: 'ami-12345678', root_volume_size: 12 });
  return await readHalf((name) => (name === 'config' ? config : undefined), context({ command: 'mount' }));
};

test('mount takes the options of the builder, and refuses provisioners', async () => {
  const { source, volume } = await mounted({});
  expect([source.source_omi, volume.root_volume_size]).toEqual(['ami-12345678', 12]);
  const ofOther = { ...shell({ inline: ['true'], only: ['another'] }) };
  expect((await mounted(ofOther)).source.source_omi).toBe('ami-12345678');
  await expect(mounted(shell({ inline: ['true'] }))).rejects.toThrow(
    /provisioners \(config, line \d+, column \d+\): is not an option of mount; do this in a workflow step between mount and commit$/,
  );
});
