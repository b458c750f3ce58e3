import { expect, test } from '@jest/globals';
import { ConfigError } from '../../../../src/config/kit/issues.js';
import { readAccess } from '../../../../src/config/read.js';
import { configOf, context, issuesOf } from '../reading.js';

const files = (
  texts: Readonly<Record<string, string>>,
): { readFile: (path: string) => string | undefined } => ({
  readFile: (path) => texts[path],
});

test.each([
  ['a path', { config: 'build.yml' }],
  ['a path with a line break at its end', { config: 'build.yml\n' }],
  ['YAML inline', { config: 'omi_description: from the file\ntags: {a: 1.10}\n' }],
  ['one line of YAML inline', { config: '{omi_description: from the file, tags: {a: 1.10}}' }],
  ['JSON inline', { config: '{"omi_description":"from the file","tags":{"a":1.10}}' }],
])('%s', async (_, inputs) => {
  const text = 'omi_description: from the file\ntags:\n  a: 1.10\n';
  const { image } = await configOf(inputs, files({ 'build.yml': text }));
  expect(image).toMatchObject({ omi_description: 'from the file', tags: { a: '1.10' } });
});

test('an input overrides the file, the file overrides variables, and an empty input is ignored', async () => {
  const config = 'region: us-west-1\nomi_description: file\nomi_name: from the file';
  const inputs = { config, region: '', 'omi-description': 'input', 'omi-name': '' };
  const { access, image } = await configOf(inputs, { environment: { OSC_REGION: 'eu-west-2' } });
  expect([access.region, image.omi_description, image.omi_name]).toEqual([
    'us-west-1',
    'input',
    'from the file',
  ]);
});

const written = ['099720109477', '1.10', '00012', 'yes', '~', '2026-11-21', '0755', 'null', 'True', '0x1F'];

test.each(written)('%s stays unchanged in inputs and files', async (text) => {
  const tags = { tags: { a: text } };
  expect((await configOf({ 'omi-description': text })).image).toMatchObject({ omi_description: text });
  for (const input of [`a=${text}`, `a: ${text}`, `{a: ${text}}`, `{"a": "${text}"}`])
    expect((await configOf({ tags: input })).image).toMatchObject(tags);
  for (const config of [
    `omi_description: ${text}\ntags: {a: ${text}}\nscripts:\n- ${text}`,
    `{"omi_description": "${text}", "tags": {"a": "${text}"}, "scripts": ["${text}"]}`,
  ]) {
    const { image, provision } = await configOf({ config });
    expect(image).toMatchObject({ omi_description: text, ...tags });
    expect(provision.scripts).toEqual([text]);
  }
  expect((await configOf({ scripts: text })).provision.scripts).toEqual([text]);
});

test('problems name file, line and column', async () => {
  const text = [
    'omi_nam: x',
    'omi-description: y',
    'root_volume_size: ten',
    'files:',
    '  - a:/b',
    '  - source: c',
    '    destination: d',
    'env: {1A: b}',
    'encrypt_boot: true',
    'type: amazon-ebs',
    'copy_files: {a: b}',
  ].join('\n');
  expect(await issuesOf({ config: 'b.yml' }, files({ 'b.yml': text }))).toEqual([
    'omi_nam (b.yml, line 1, column 1): is not an option; did you mean omi_name?',
    'omi-description (b.yml, line 2, column 1): is not an option; write omi_description: files use underscores',
    'encrypt_boot (b.yml, line 9, column 1): is not supported: the volume API has no encryption; remove it',
    'type (b.yml, line 10, column 1): is not a supported builder type; write osc-chroot, or remove the key',
    'root_volume_size (b.yml, line 3, column 1): "ten" is not a valid number of GiB; write digits only, 1 to 14901',
    'copy_files (b.yml, line 11, column 1): is not a list; write a list of paths',
    'files (b.yml, line 7, column 5), item 2, destination: "d" is not an absolute path without ".."; write one that begins with /',
    'env (b.yml, line 8, column 7), 1A: "1A" is not a valid variable name; write letters, digits and _, not beginning with a digit',
  ]);
});

test('the error of invalid YAML has a position and no quote', async () => {
  const text = 'omi_name: x\nsecret_key: "TOPSECRET\n';
  const [line, ...rest] = await issuesOf({ config: 'b.yml' }, files({ 'b.yml': text }));
  expect(line).toMatch(/^config: b\.yml is not valid YAML at line \d, column \d+ \(.*\)/);
  expect([line, ...rest].join()).not.toContain('TOPSECRET');
  const [other] = await issuesOf({ config: 'a: b\n]TOPSECRET\n' });
  expect(other).toMatch(/^config: is not valid YAML at line 2/);
  expect(other).not.toContain('TOPSECRET');
});

test('a file that has only comments sets no options', async () => {
  expect((await configOf({ config: '# nothing\n# here' })).image.omi_name).toBe('an image');
});

test('legacy names are accepted with a notice; a builder type is accepted without one', async () => {
  const notices: string[] = [];
  const config = 'type: osc-chroot\nami_name: older\nsource_ami: ami-11111111\nskip_metadata_api_check: true';
  const also = { notice: (line: string) => void notices.push(line) };
  const { image, source } = await configOf({ config, 'omi-name': '', 'source-omi': '', run: 'true' }, also);
  expect([image.omi_name, source.source_omi]).toEqual(['older', 'ami-11111111']);
  expect(notices).toEqual([
    'ami_name is a legacy name: use omi_name',
    'source_ami is a legacy name: use source_omi',
    'skip_metadata_api_check is ignored: the metadata service is used only for values that are not set',
  ]);
});

test('legacy names are accepted as inputs', async () => {
  expect((await configOf({ ami_name: 'older', 'omi-name': '' })).image.omi_name).toBe('older');
  expect((await configOf({ 'ami-name': 'older', 'omi-name': '' })).image.omi_name).toBe('older');
});

test('one option under two names is a problem', async () => {
  expect(await issuesOf({ config: 'omi_name: one\nami_name: two', 'omi-name': '' })).toEqual([
    'ami_name (config, line 2, column 1): is the same option as omi_name (config, line 1, column 1); set it once',
  ]);
});

test('a secret of the file is masked even if an input overrides it', async () => {
  const masked: string[] = [];
  const mask = (secret: string): void => void masked.push(secret);
  await configOf({ config: 'access_key: AK\nsecret_key: SK\ntoken: T' }, { mask });
  expect(masked).toEqual(['SK', 'T']);
});

test('a profile of the file counts as set by the user', async () => {
  const readFile = (): string => '{"work":{"region":"us-west-1"}}';
  expect((await configOf({ config: 'profile: work\nvm_id: i-1' }, { readFile })).access.region).toBe(
    'us-west-1',
  );
});

test('cleanup reads its options even if the file is missing or other options are invalid', async () => {
  const inputs: Readonly<Record<string, string>> = { config: 'gone.yml', 'state-dir': '/s', 'omi-name': '?' };
  const { running, access } = await readAccess((name) => inputs[name], context());
  expect([running.state_dir, access.region]).toEqual(['/s', undefined]);
  const problem = readAccess((name) => ({ 'state-dir': 'relative' })[name], context());
  await expect(problem).rejects.toBeInstanceOf(ConfigError);
});
