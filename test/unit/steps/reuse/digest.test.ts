import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type BuildConfig, table } from '../../../../src/config/options/table.js';
import { digestOf, shapesImage } from '../../../../src/steps/reuse/digest.js';
import { contentOfTasks } from '../../../../src/steps/reuse/task-content.js';
import { readTasks } from '../../../../src/steps/scripts.js';
import { sourceOf } from '../../../../src/steps/source.js';
import { configOf } from '../../config/reading.js';

const workspace = mkdtempSync(join(tmpdir(), 'digest-'));
afterAll(() => rmSync(workspace, { recursive: true }));
for (const name of ['one', 'two']) writeFileSync(join(workspace, name), `echo ${name}\n`);

const image = {
  ImageId: 'ami-12345678',
  State: 'available',
  Architecture: 'x86_64',
  BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId: 'snap-1', VolumeSize: 10 } }],
  RootDeviceName: '/dev/sda1',
};
const data = { BuildRegion: 'eu-west-2', SourceOMI: 'ami-12345678', SourceOMIName: 'source' };

const digest = async (config: BuildConfig, from: object = {}, where = workspace): Promise<string> => {
  const { tasks } = readTasks(config, where);
  const content = (await contentOfTasks(tasks, where)) ?? [];
  return await digestOf({ config, tasks: content, source: sourceOf({ ...image, ...from }), data });
};

const withOption = (config: BuildConfig, group: string, name: string, value: unknown): BuildConfig => {
  const values: object = new Map<string, object>(Object.entries(config)).get(group) ?? {};
  return { ...config, [group]: { ...values, [name]: value } };
};

const file = (source: string): object => ({ source, destination: '/x' });
/** Two values of the options that readTasks reads; of any other option, two texts. */
const values: Readonly<Record<string, readonly [unknown, unknown]>> = {
  files: [[file('one')], [file('two')]],
  scripts: [['one'], ['two']],
  env: [{ A: '1' }, { A: '2' }],
  provisioners: [[{ kind: 'file', file: file('one') }], [{ kind: 'file', file: file('two') }]],
  pre_mount_commands: [['one'], ['two']],
  post_mount_commands: [['one'], ['two']],
};

const options = Object.entries(table).flatMap(([group, its]) =>
  Object.keys(its).map((name) => [group, name] as const),
);
test.each(options)('%s: whether %s changes the digest', async (...[group, name]) => {
  const config = await configOf({ run: 'true' });
  const [one, other] = values[name] ?? ['one', 'two'];
  const digests = await Promise.all(
    [one, other].map(async (value) => await digest(withOption(config, group, name, value))),
  );
  expect(new Set(digests).size).toBe(shapesImage(group, name) ? 2 : 1);
});

test('only these options of an image and its provisioning do not change the digest', () => {
  const others = options.filter(([group, name]) => !shapesImage(group, name));
  expect(others.filter(([group]) => !['access', 'running'].includes(group)).map(([, name]) => name)).toEqual(
    (
      'source_omi source_omi_filter source_image source_image_sha256 root_volume_tags device_path nvme_device_path mount_path command_wrapper ' +
      'provision_timeout cache_size tags snapshot_tags omi_account_ids omi_groups global_permission snapshot_users ' +
      'snapshot_groups force_deregister force_delete_snapshot skip_create_omi keep_volume reuse reuse_max_age ' +
      'family retain_last retain_for omi_regions export_bucket keep_export omi_regions_on_failure export'
    ).split(' '),
  );
});

test('the digest does not depend on time, UUID, build ID, or the order of variables', async () => {
  const inputs = {
    'omi-name': 'web {{timestamp}} {{.BuildId}}',
    'omi-description': '{{uuid}} {{isotime "02.01.06"}}',
    'pre-mount-commands': 'mkfs -U {{uuid}} {{.Device}}1',
    run: 'true',
  };
  const [one, other] = await Promise.all([
    configOf({ ...inputs, env: 'A=1\nB=2' }),
    configOf({ ...inputs, env: 'B=2\nA=1' }),
  ]);
  expect(await digest(one)).toBe(await digest(other));
  expect(await digest(one)).toMatch(/^[0-9a-f]{64}$/);
});

test('the size of caches does not count', async () => {
  const [one, other] = [{ cache: '/root/.cache' }, { cache: '/root/.cache', 'cache-size': '1GiB' }];
  expect(await digest(await configOf(one))).toBe(await digest(await configOf(other)));
});

test.each([
  ['omi-name', 'web {{.SourceOMIName}} {{timestamp}}', 'web {{.SourceOMI}} {{timestamp}}'],
  ['omi-name', 'web {{timestamp}}', 'db {{timestamp}}'],
  ['post-mount-commands', 'echo {{env `PATH`}}', 'echo {{env `HOME`}}'],
])('%s: %s and %s have different digests', async (...[input, one, other]) => {
  expect(await digest(await configOf({ [input]: one }))).not.toBe(
    await digest(await configOf({ [input]: other })),
  );
});

test.each([
  [{ BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId: 'snap-2', VolumeSize: 10 } }] }],
  [{ BootModes: ['uefi'] }],
  [{ ProductCodes: ['0002'] }],
  [{ TpmMandatory: true }],
])('a source with %j has another digest', async (...[from]) => {
  const config = await configOf({ run: 'true' });
  expect(await digest(config, from)).not.toBe(await digest(config));
  expect(await digest(config, { ImageId: 'ami-2', CreationDate: 'later' })).toBe(await digest(config));
});

test('the content of scripts and files counts, not where they lie', async () => {
  const [here, there] = [join(workspace, 'here'), join(workspace, 'there')];
  for (const folder of [here, there]) {
    mkdirSync(join(folder, 'tree'), { recursive: true });
    writeFileSync(join(folder, 'script.sh'), 'true\n');
    writeFileSync(join(folder, 'tree', 'file'), 'content\n');
  }
  const inputs = (folder: string) => ({ files: `${folder}/tree/:/srv`, scripts: `${folder}/script.sh` });
  const [one, other] = await Promise.all([configOf(inputs(here)), configOf(inputs(there))]);
  const before = await digest(one);
  expect(await digest(other)).toBe(before);
  expect(await digest(await configOf(inputs('.')), {}, here)).toBe(before);
  writeFileSync(join(there, 'tree', 'file'), 'Content\n');
  const changed = await digest(other);
  expect(changed).not.toBe(before);
  writeFileSync(join(there, 'script.sh'), 'false\n');
  expect(await digest(other)).not.toBe(changed);
});

test('a file to copy that does not exist has no digest', async () => {
  const config = await configOf({ files: 'later:/x', 'pre-mount-commands': 'touch later' });
  expect(await contentOfTasks(readTasks(config, workspace).tasks, workspace)).toBeUndefined();
});
