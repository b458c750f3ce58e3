import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { step } from '../support/action.js';
import { dist, isMinimal, useCloud } from '../support/cloud.js';
import { launch, type Ran, successful } from '../support/process.js';

const cloud = useCloud();
let snapshot: string;
let omis: { readonly old: string; readonly new: string };
beforeAll(async () => {
  const { Images: [source] = [] } = await cloud.api.call('ReadImages', {
    Filters: { ImageIds: [cloud.source] },
  });
  const BlockDeviceMappings = source?.BlockDeviceMappings ?? [];
  snapshot = BlockDeviceMappings[0]?.Bsu?.SnapshotId ?? '';
  const register = async (ImageName: string): Promise<string> => {
    const request = { ImageName, RootDeviceName: '/dev/sda1', BlockDeviceMappings };
    const { Image } = await cloud.api.call('CreateImage', request);
    return Image?.ImageId ?? '';
  };
  const old = await register('found 1');
  // The dates of the API have whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  omis = { old, new: await register('found 2') };
});

const filterOf = (name: string, mostRecent = false): string =>
  JSON.stringify({ filters: { 'image-name': name }, owners: ['self'], most_recent: mostRecent });

/** Runs `find` as a user that no file of the system names, without a metadata service. */
async function find(flags: readonly string[], folder: string): Promise<Ran> {
  const identity = ['--reuid=12347', '--regid=12347', '--clear-groups', '--no-new-privs'];
  const program = [process.execPath, join(dist, 'cli.js'), 'find', ...flags];
  const environment = {
    PATH: '/nowhere:/usr/bin:/bin',
    HOME: '/nonexistent',
    OSC_ACCESS_KEY: defaultAccount.accessKey,
    OSC_SECRET_KEY: defaultAccount.secretKey,
    OSC_ENDPOINT_API: cloud.endpoint,
  };
  return await launch(['setpriv', ...identity, ...program], environment, folder).ended;
}

function folderForAll(): string {
  const folder = mkdtempSync(join(cloud.folder, 'find-'));
  chmodSync(cloud.folder, 0o711);
  chmodSync(folder, 0o777);
  return folder;
}

test('find writes the OMI that a filter selects, without root and VM, and only reads', async () => {
  const folder = folderForAll();
  cloud.requests();
  const flags = ['--region', 'eu-west-2', '--outputs', 'found.sh'];
  const ran = successful(await find([...flags, '--source-omi-filter', filterOf('found 1')], folder));
  expect(ran.text).toContain(`Found ${omis.old} found 1`);
  expect(ran.text).not.toContain('warning');
  expect(readFileSync(join(folder, 'found.sh'), 'utf8')).toBe(
    `OMI_ID='${omis.old}'\nOMI_NAME='found 1'\nSNAPSHOT_ID='${snapshot}'\nREGION='eu-west-2'\n`,
  );
  const operations = cloud.requests().map(({ operation }) => operation);
  expect(operations.filter((operation) => !operation.startsWith('Read'))).toEqual([]);
  expect(operations.length).toBeLessThanOrEqual(isMinimal ? 4 : 2);
});

test('find uses the filter in the options file of a build, and reports what is wrong', async () => {
  const folder = folderForAll();
  writeFileSync(
    join(folder, 'image.yml'),
    `omi_name: web\nrun: "true"\nsource_omi_filter: ${filterOf('found *')}\n`,
  );
  const several = await find(['--region', 'eu-west-2', '--config', 'image.yml'], folder);
  expect(several.code).toBe(1);
  expect(several.text).toContain('source_omi_filter: 2 OMIs match, expected one');
  const missing = await find(['--region', 'eu-west-2'], folder);
  expect(missing.code).toBe(2);
  expect(missing.text).toContain('source-omi-filter: is missing; write the filters and owners of the OMI');
});

test('the action sets its outputs, in the region of its VM', async () => {
  // A minimal response has no date.
  const filter = filterOf(isMinimal ? 'found 2' : 'found *', true);
  const found = step(cloud, { bundle: 'find', inputs: { 'source-omi-filter': filter } });
  successful(await found.main());
  const outputs = { 'omi-id': omis.new, 'omi-name': 'found 2', 'snapshot-id': snapshot, region: 'eu-west-2' };
  expect(found.outputs()).toEqual(outputs);
  const refused = step(cloud, { bundle: 'find', inputs: { 'omi-name': 'web' } });
  const { code, text } = await refused.main();
  expect(code).toBe(2);
  expect(text).toContain('omi-name: is not an option of find; set it on build or mount or commit');
});
