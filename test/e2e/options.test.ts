import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { step } from '../support/action.js';
import { startCloud, useCloud } from '../support/cloud.js';

const cloud = useCloud();

/** Every input with the value that the runner sets by default. */
const inputNames: string[] = Object.keys(parse(readFileSync('action.yml', 'utf8')).inputs);
const empty = Object.fromEntries(inputNames.map((name) => [name, '']));

const access = (): Record<string, string> => ({
  source_omi: cloud.source,
  access_key: defaultAccount.accessKey,
  secret_key: defaultAccount.secretKey,
  custom_endpoint_oapi: cloud.endpoint,
  metadata_endpoint: cloud.metadata,
});

test('a build reads all options from a file, unchanged', async () => {
  const job = step(cloud, { inputs: { ...empty, config: 'build.yml' } });
  const config = {
    ...access(),
    state_dir: join(job.workspace, 'state'),
    type: 'osc-chroot',
    ami_name: 'options of a file',
    omi_description: '0755',
    tags: { Account: '099720109477', Version: '1.10', Number: '00012', Flag: 'yes', Nothing: '~' },
    root_volume_type: 'standard',
    mount_options: ['noatime'],
    chroot_mounts: [['proc', 'proc', '/proc']],
    copy_files: [],
    env: { DAY: '2026-11-21' },
    run: 'echo "day $DAY"; ls /proc/self/mounts; cat /proc/self/mounts\n[ ! -e /sys/kernel ]\n',
    log_level: 'debug',
    image_timeout: '10m',
  };
  // Scalars without quotes, as users write them.
  writeFileSync(
    join(job.workspace, 'build.yml'),
    Object.entries(config)
      .map(([key, value]) =>
        key === 'run' || typeof value !== 'string'
          ? `${key}: ${JSON.stringify(value).replaceAll(/"(0997\d+|1\.10|00012|yes|~|2026-11-21)"/g, '$1')}`
          : `${key}: ${value}`,
      )
      .join('\n'),
  );
  cloud.requests();
  const main = await job.main();
  expect(main.code).toBe(0);
  const asked = cloud.requests();
  const requestOf = (operation: string): object | undefined =>
    asked.find((one) => one.operation === operation && one.request.DryRun !== true)?.request;
  expect(requestOf('CreateImage')).toMatchObject({ ImageName: 'options of a file', Description: '0755' });
  expect(requestOf('CreateVolume')).toMatchObject({ VolumeType: 'standard' });
  expect(JSON.stringify(asked.filter(({ operation }) => operation === 'CreateTags'))).toContain(
    '{"Key":"Account","Value":"099720109477"},{"Key":"Version","Value":"1.10"},{"Key":"Number","Value":"00012"},{"Key":"Flag","Value":"yes"},{"Key":"Nothing","Value":"~"}',
  );
  expect(main.text).toMatch(/day 2026-11-21/);
  expect(main.text).toMatch(/ \/ .*noatime/);
  expect(main.text).toMatch(/ami_name is a legacy name: use omi_name/);
  expect(main.text).toMatch(/^ReadVms ok/m);
  expect(main.lines.slice(0, 2).map(({ line }) => line)).toEqual([
    expect.stringMatching(/^build-omi v/),
    expect.stringMatching(/^::add-mask::/),
  ]);
  const shown = main.lines.filter(({ line }) => line.includes(defaultAccount.secretKey));
  expect(shown.filter(({ line }) => !line.startsWith('::add-mask::'))).toEqual([]);
  expect((await job.post()).code).toBe(0);
});

test('errors in an option file have file, line and column, and the build makes no API call', async () => {
  const job = step(cloud, { inputs: { ...empty, config: 'build.yml' } });
  writeFileSync(
    join(job.workspace, 'build.yml'),
    Object.entries({ ...access(), omi_nam: 'x', root_volume_size: 'ten' })
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
  );
  cloud.requests();
  const main = await job.main();
  expect(main.code).toBe(2);
  expect(main.text).toMatch(
    /omi_nam \(build\.yml, line 6, column 1\): is not an option; did you mean omi_name\?/,
  );
  expect(main.text).toMatch(/root_volume_size \(build\.yml, line 7, column 1\): "ten"/);
  expect(main.text).toMatch(/omi-name: is missing/);
  expect(main.text).not.toMatch(/ at .*index\.js/);
  expect(cloud.requests()).toEqual([]);
});

test('a time limit of the file ends a wait, and post works after the file is deleted', async () => {
  await using slow = await startCloud('--snapshot-time', '20000');
  const job = step(slow, { inputs: { config: 'build.yml' } });
  const file = join(job.workspace, 'build.yml');
  writeFileSync(file, 'omi_name: too slow\nsnapshot_timeout: 1s\n');
  const main = await job.main();
  expect(main.code).toBe(1);
  expect(main.text).toMatch(/::error.*Snapshot.*snap-\w+/);
  rmSync(file);
  expect((await job.post()).code).toBe(0);
});
