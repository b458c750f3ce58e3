import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Invocation, readForCleanUp, readInvocation } from '../../../src/commands/invocation.js';
import { createReport } from '../../../src/report/create-report.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'invocation-'));
  const profiles = { east: { access_key: 'AK-EAST', secret_key: 'SK-EAST-SECRET' } };
  writeFileSync(join(folder, 'profiles.json'), JSON.stringify(profiles));
});
afterEach(() => rmSync(folder, { recursive: true }));

function invocation(inputs: Readonly<Record<string, string>>): Invocation {
  const all: Readonly<Record<string, string>> = {
    'access-key': 'AK',
    'secret-key': 'SK-OF-THE-BUILD',
    'source-omi': 'ami-12345678',
    'omi-name': 'an image',
    'export-bucket': 'images',
    ...inputs,
  };
  return {
    command: 'build',
    read: (name) => all[name],
    privileged: {
      user: { name: 'root', uid: 0, gid: 0, home: folder },
      starter: undefined,
      onCancel: () => {},
    },
    environment: { OSC_CONFIG_FILE: join(folder, 'profiles.json'), GITHUB_WORKSPACE: folder },
  };
}

async function withReport<T>(
  work: (report: Awaited<ReturnType<typeof createReport>>) => Promise<T>,
): Promise<readonly [T, string]> {
  let log = '';
  const write = (text: string): void => {
    log += text;
  };
  const report = await createReport({ environment: {}, write, clock: () => 0 });
  const value = await work(report);
  report.info('SK-EAST-SECRET');
  return [value, log];
}

const east = '[{region: us-east-2, profile: east}]';

test.each([
  ['a build', readInvocation],
  ['its clean-up', readForCleanUp],
])('%s has the keys for its regions, and masks them', async (_, read) => {
  const [{ regions }, log] = await withReport(
    async (report) => await read(invocation({ 'omi-regions': east }), report),
  );
  expect(regions).toMatchObject([{ region: 'us-east-2', keys: { accessKey: 'AK-EAST' } }]);
  expect(log).not.toContain('SK-EAST-SECRET');
});

test('a clean-up goes on without keys for regions that cannot be read', async () => {
  const [{ keys, regions }, log] = await withReport(
    async (report) =>
      await readForCleanUp(invocation({ 'omi-regions': '[{region: us-east-2, profile: none}]' }), report),
  );
  expect(keys.accessKey).toBe('AK');
  expect(regions).toEqual([]);
  expect(log).toContain('Resources in other regions are cleaned up with the keys of the build');
  const [other] = await withReport(
    async (report) => await readForCleanUp(invocation({ 'omi-regions': 'Not a region' }), report),
  );
  expect(other.regions).toEqual([]);
});
