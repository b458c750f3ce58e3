import { expect, test } from '@jest/globals';
import type { BuildConfig } from '../../../src/config/options/table.js';
import { recordedOptions } from '../../../src/pipeline/recorded-options.js';
import { configOf } from '../config/reading.js';

const recorded = ({ source, volume, mount, provision, image, quality }: BuildConfig) =>
  recordedOptions(source, volume, mount, provision, image, quality);

const required = { 'omi-name': 'web {{timestamp}}', 'source-omi': 'ami-12345678' };

test('only options that differ from their default are recorded, as written', async () => {
  expect(recorded(await configOf(required))).toEqual({
    omi_name: 'web {{timestamp}}',
    source_omi: 'ami-12345678',
  });
  const config = await configOf({ ...required, 'grow-root': 'false', tags: 'a=b', seal: 'logs' });
  expect(recorded(config)).toMatchObject({ grow_root: false, tags: { a: 'b' }, seal: ['logs'] });
});

test('nothing that can contain a secret is recorded', async () => {
  const secret = 'S3cr3tS3cr3t';
  const options = recorded(
    await configOf({
      ...required,
      'secret-key': secret,
      'access-key': 'A'.repeat(20),
      env: `TOKEN=${secret}`,
      run: `login ${secret}`,
      'command-wrapper': `echo ${secret} | sudo -S {{.Command}}`,
      'pre-mount-commands': `["curl -u me:${secret} example.com"]`,
    }),
  );
  expect(JSON.stringify(options)).not.toContain(secret);
  expect(options.pre_mount_commands).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/)]);
});
