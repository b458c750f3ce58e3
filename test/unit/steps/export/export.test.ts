import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { defaultAccount } from '../../../../src/emulator/emulator.js';
import { releaseOpen } from '../../../../src/runtime/resource.js';
import type { Tools } from '../../../../src/runtime/tools.js';
import { requireBucket } from '../../../../src/steps/export/check.js';
import { type Exported, exportTo, undoExport } from '../../../../src/steps/export/export.js';
import { type EmulatedCloud, emulateCloud } from '../../../support/emulated-cloud.js';
import { until } from '../../../support/emulator-client.js';
import { put } from '../../../support/object-store.js';
import { toolsOf } from '../../../support/tools.js';

let cloud: EmulatedCloud;
let tools: Tools;
let snapshot: string;
let endpoint: string;
let outputs: Map<string, string>;

async function start(options: Parameters<typeof emulateCloud>[0] = {}): Promise<void> {
  cloud = await emulateCloud(options);
  endpoint = cloud.emulator.objectStore;
  snapshot = await cloud.snapshot();
  const made = await toolsOf('0123456789ab', cloud.api, 30_000, () => {}, {}, cloud.remote);
  outputs = new Map();
  const report = { ...made.report, output: (name: string, value: string) => void outputs.set(name, value) };
  tools = { ...made, report, forCleanup: () => ({ ...made.forCleanup(), report }) };
}
beforeEach(async () => await start());
afterEach(async () => await cloud[Symbol.asyncDispose]());

const target = () => ({ of: snapshot, bucket: 'images', prefix: 'of/x-', format: 'raw' }) as const;
const run = async (isProduct = true): Promise<Exported> =>
  (await exportTo(target(), { endpoint, root: snapshot, isProduct }, tools)).value;
const keys = async (): Promise<string[]> => (await cloud.store.list('images', '')).map(({ key }) => key);
const tasks = async (): Promise<(string | undefined)[]> =>
  ((await cloud.api.call('ReadSnapshotExportTasks', {})).SnapshotExportTasks ?? []).map(({ State }) => State);

test('an export finds its object, and its undo removes that and nothing else', async () => {
  const { accessKey, secretKey } = defaultAccount;
  const other = `of/x-snap-00000000-00000000.raw.gz`;
  await put(cloud.store, { accessKey, secretKey }, `images/${other}`, 'x');
  const { key, urls } = await run();
  expect(key).toMatch(new RegExp(`^of/x-${snapshot}-[0-9a-f]{8}\\.raw\\.gz$`));
  expect(outputs.get('export-url')).toBe(`${endpoint}/images/${key}`);
  expect(urls).toEqual({ url: `${endpoint}/images/${key}` });
  expect(await keys()).toEqual([other, key].toSorted());
  await releaseOpen('export', undoExport, tools);
  expect(await keys()).toEqual([other]);
  expect(outputs.get('export-url')).toBe('');
  await releaseOpen('export', undoExport, tools);
});

test.each(['drop-before', 'drop-after', 'throttle', 'server-error'] as const)(
  'an export whose request meets %s is made once',
  async (fault) => {
    cloud.fail([{ operation: 'CreateSnapshotExportTask', fault }]);
    await run();
    expect(await tasks()).toEqual(['completed']);
  },
);

test('a refused export, and one that fails, leave nothing', async () => {
  cloud.fail([{ operation: 'CreateSnapshotExportTask', fault: 'refuse' }]);
  await expect(run()).rejects.toThrow('CreateSnapshotExportTask');
  cloud.fail([{ operation: 'ListObjects', fault: 'refuse', status: 403 }]);
  await expect(run()).rejects.toThrow('ListObjects');
  expect(await keys()).toEqual([]);
  expect(tools.ledger.open()).toEqual([]);
});

test('an export that waits is cancelled', async () => {
  await cloud[Symbol.asyncDispose]();
  await start({ transferTime: 60_000 });
  cloud.fail([{ operation: 'ReadSnapshotExportTasks', fault: 'refuse' }]);
  await expect(run()).rejects.toThrow('ReadSnapshotExportTasks');
  expect(await tasks()).toEqual(['cancelled']);
});

test('an export that can no longer be cancelled stays in the ledger until it has ended', async () => {
  await cloud[Symbol.asyncDispose]();
  await start({ transferTime: 1_000 });
  const running = run();
  await until('it is active', async () => (await tasks())[0] === 'active');
  await expect(releaseOpen('export', undoExport, { ...tools, ...impatient() })).rejects.toThrow(
    'can no longer be cancelled',
  );
  expect(tools.ledger.openOf('export')).toHaveLength(1);
  await running;
  await releaseOpen('export', undoExport, tools);
  expect(await keys()).toEqual([]);
});

const impatient = (): Pick<Tools, 'forCleanup'> => ({
  forCleanup: () => ({ ...tools.forCleanup(), shortTimeouts: true }),
});

test('a bucket is checked by its name', async () => {
  await requireBucket('export', { endpoint, bucket: 'images' }, tools);
  await expect(requireBucket('export', { endpoint, bucket: 'nowhere' }, tools)).rejects.toThrow(
    'export: bucket nowhere does not exist',
  );
  cloud.fail([{ operation: 'HeadBucket', fault: 'refuse', status: 403 }]);
  await expect(requireBucket('export', { endpoint, bucket: 'images' }, tools)).rejects.toThrow(
    'may not use bucket',
  );
});
