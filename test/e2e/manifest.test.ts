import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { step } from '../support/action.js';
import { dist, useCloud } from '../support/cloud.js';
import { manifestAt } from '../support/manifest.js';
import { launch, successful } from '../support/process.js';

const cloud = useCloud();

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const secret = 'a secret of a script';

test('the manifest of a build says what shaped the image, without secrets', async () => {
  const job = step(cloud, {
    inputs: {
      'omi-name': 'with a manifest',
      files: 'motd:/etc/motd',
      run: `: ${secret}`,
      env: `TOKEN=${secret}`,
      seal: 'logs',
      sbom: 'true',
    },
  });
  writeFileSync(join(job.workspace, 'motd'), 'welcome\n');
  successful(await job.main());
  const outputs = job.outputs();
  const manifest = manifestAt(outputs.manifest);
  expect(manifest).toMatchObject({
    version: 2,
    status: 'succeeded',
    buildId: outputs['build-id'],
    omi: { id: outputs['omi-id'], name: 'with a manifest' },
    snapshots: [{ id: outputs['snapshot-id'] }],
    source: { id: cloud.source },
    options: { omi_name: 'with a manifest', source_omi: cloud.source, seal: ['logs'] },
    provisioning: [
      {
        kind: 'files',
        files: [{ source: 'motd', destination: '/etc/motd', sha256: sha256('welcome\n') }],
      },
      { kind: 'script', name: 'run', sha256: sha256(`: ${secret}`), env: ['TOKEN'] },
    ],
    changes: { packages: { added: [] } },
    sbom: { path: outputs.sbom },
  });
  expect(manifest).not.toHaveProperty('error');
  expect(JSON.stringify(manifest)).not.toContain(secret);
});

test('the manifest of a failed build says in which phase, why, and what is left', async () => {
  const failed = step(cloud, {
    inputs: { 'omi-name': 'broken', files: 'motd:/etc/motd', run: 'exit 3', 'on-failure': 'keep' },
  });
  writeFileSync(join(failed.workspace, 'motd'), 'welcome\n');
  expect((await failed.main()).code).toBe(1);
  expect(manifestAt(failed.outputs().manifest)).toMatchObject({
    status: 'failed',
    snapshots: [],
    error: { phase: 'Script run', message: 'the script run exited with 3' },
    provisioning: [{ files: [{ source: 'motd' }] }, { name: 'run' }],
    leftovers: expect.arrayContaining([expect.stringMatching(/vol-/)]),
  });
  await failed.post();

  const strict = step(cloud, {
    inputs: {
      'omi-name': 'strict',
      run: 'echo 0123456789abcdef0123456789abcdef > /etc/machine-id',
      lint: 'fail',
    },
  });
  expect((await strict.main()).code).toBe(1);
  expect(manifestAt(strict.outputs().manifest)).toMatchObject({
    status: 'failed',
    error: { phase: 'Inspect image' },
    leftovers: [],
    changes: { users: { added: [] } },
    lint: expect.arrayContaining([expect.objectContaining({ rule: 'machine-id', inSource: false })]),
  });
});

test('the manifest of a cancelled build says so, and that nothing is left', async () => {
  const job = step(cloud, {
    inputs: { 'omi-name': 'cancelled', run: 'echo started; sleep 1000', tags: 'team=web' },
  });
  const main = job.start();
  await main.waitForLine(/^started$/);
  main.child.kill('SIGINT');
  expect((await main.ended).code).toBe(130);
  expect(manifestAt(job.outputs().manifest)).toMatchObject({
    status: 'cancelled',
    snapshots: [],
    error: { phase: 'Script run', message: 'the build was cancelled (SIGINT)' },
    options: { omi_name: 'cancelled', tags: { team: 'web' } },
    leftovers: [],
  });
});

test('outside a workflow a manifest is written only to the file of --manifest', async () => {
  const folder = mkdtempSync(join(cloud.folder, 'shell-'));
  const build = async (name: string, ...more: string[]): Promise<string> => {
    const flags = ['--source-omi', cloud.source, '--metadata-endpoint', cloud.metadata, '--omi-name', name];
    const environment = {
      PATH: process.env.PATH,
      HOME: folder,
      TMPDIR: folder,
      OSC_ACCESS_KEY: defaultAccount.accessKey,
      OSC_SECRET_KEY: defaultAccount.secretKey,
      OSC_ENDPOINT_API: cloud.endpoint,
      BUILD_OMI_STATE_DIR: join(folder, 'state'),
    };
    const argv = [process.execPath, join(dist, 'cli.js'), 'build', ...flags, ...more];
    return successful(await launch(argv, environment, folder).ended).text;
  };
  await build('without a manifest');
  expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toEqual([]);
  expect(await build('named', '--manifest', 'out.json')).not.toContain('cannot be written');
  expect(existsSync(join(folder, 'out.json'))).toBe(true);
  expect(manifestAt(join(folder, 'out.json'))).toMatchObject({ omi: { name: 'named' } });
});
