import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { type Step, step } from '../support/action.js';
import { publishWithApt } from '../support/apt-source.js';
import { type TestCloud, useCloud } from '../support/cloud.js';
import { manifestAt } from '../support/manifest.js';
import { storeOf } from '../support/object-store.js';
import { pageWorkflows } from '../support/page-workflows.js';
import { successful } from '../support/process.js';
import { endings } from '../support/termination.js';
import { runWorkflow } from '../support/workflow.js';

const names = ['us-east-2', 'us-west-1'];
const regions = ['--buckets', 'images', '--other-regions', ...names];
const cloud = useCloud(...regions);
const asInPage = useCloud('--buckets', 'my-images', '--other-regions', 'us-east-2', 'cloudgouv-eu-west-1');
const slow = useCloud('--transfer-time', '2s', ...regions);

/** What the regions and the bucket have, that of the VM first. */
const everything = async (at: TestCloud = cloud): Promise<string[][]> => [
  await at.resources(),
  ...(await Promise.all(names.map(async (name) => (await at.others.get(name)?.resources()) ?? ['none']))),
  (await storeOf(at.objectStore, defaultAccount).list('images', '')).map(({ key }) => key),
];

/** The keys of the other regions are those of the build, but for a test of their masking they are named. */
const copying = (at: TestCloud = cloud): Readonly<Record<string, string>> => ({
  'omi-regions': JSON.stringify(
    names.map((region) => ({
      region,
      custom_endpoint_oapi: at.others.get(region)?.endpoint,
      access_key: defaultAccount.accessKey,
      secret_key: defaultAccount.secretKey,
    })),
  ),
  'export-bucket': 'images',
  'custom-endpoint-oos': at.objectStore,
});

const job = (inputs: Readonly<Record<string, string>>, at: TestCloud = cloud): Step =>
  step(at, { inputs: { ...copying(at), ...inputs } });

let before: string[][];
beforeEach(async () => {
  before = await everything();
});

test('an OMI in three regions: outputs, manifest and plan', async () => {
  const inputs = { 'omi-name': 'in three regions' };
  const planned = successful(await job({ ...inputs, 'dry-run': 'true' }).main());
  expect(planned.text).toMatch(
    /^\d+\. Copy to regions\n {3}through bucket images\n {3}to us-east-2 as in three/m,
  );
  expect(await everything()).toEqual(before);
  const one = job(inputs);
  const main = successful(await one.main());
  successful(await one.post());
  const { 'omi-id': omi = '', 'omi-ids': ids = '', manifest } = one.outputs();
  const copies: Record<string, string> = JSON.parse(ids);
  expect(Object.keys(copies)).toEqual(['eu-west-2', ...names]);
  expect(copies['eu-west-2']).toBe(omi);
  const written = manifestAt(manifest);
  expect(written).toMatchObject({
    copies: names.map((region) => ({ region, id: copies[region], name: 'in three regions' })),
  });
  for (const text of [
    main.text.replaceAll(/^::add-mask::.*$/gm, ''),
    one.summary(),
    JSON.stringify(written),
  ]) {
    expect(text).not.toContain(defaultAccount.secretKey);
    expect(text).not.toContain('X-Amz-Signature');
  }
  const after = await everything();
  for (const [index, name] of ['eu-west-2', ...names].entries()) {
    const fresh = after[index]?.filter((id) => !before[index]?.includes(id)) ?? [];
    expect(fresh).toEqual([copies[name], expect.stringMatching(/^snap-/)]);
  }
  expect(after.at(-1)).toEqual([]);
});

test('the workflow of the page of regions', async () => {
  const [page] = pageWorkflows().filter(({ location }) =>
    location.startsWith('docs/guides/regions-and-exports'),
  );
  const source = await publishWithApt(asInPage);
  const endpointOf = (region: string): string => asInPage.others.get(region)?.endpoint ?? '';
  const entry = (region: string): string =>
    `- region: ${region}\\n  custom_endpoint_oapi: ${endpointOf(region)}`;
  const text = JSON.stringify(page?.workflow)
    .replaceAll('ami-12345678', source)
    .replace('- us-east-2', entry('us-east-2'))
    .replace('- region: cloudgouv-eu-west-1', entry('cloudgouv-eu-west-1'));
  const { accessKey, secretKey } = defaultAccount;
  const secrets = {
    OSC_ACCESS_KEY: accessKey,
    OSC_SECRET_KEY: secretKey,
    GOUV_ACCESS_KEY: accessKey,
    GOUV_SECRET_KEY: secretKey,
  };
  const [run] = await runWorkflow(JSON.parse(text), { cloud: asInPage, source, values: { secrets } });
  const copies: Record<string, string> = JSON.parse(run?.outputs['omi-ids'] ?? '{}');
  expect(Object.keys(copies)).toEqual(['eu-west-2', 'us-east-2', 'cloudgouv-eu-west-1']);
  for (const region of ['us-east-2', 'cloudgouv-eu-west-1'])
    expect(await asInPage.others.get(region)?.resources()).toContain(copies[region]);
});

test('a region that fails removes everything, or with keep only what it has itself', async () => {
  cloud.fail([{ operation: 'CreateImage', region: 'us-west-1', fault: 'refuse' }]);
  const one = job({ 'omi-name': 'all or none' });
  const main = await one.main();
  expect([main.code, main.text]).toEqual([1, expect.stringContaining('The OMI was not copied to us-west-1')]);
  expect(one.outputs()['omi-id']).toBe('');
  expect(one.outputs()['omi-ids']).toBeUndefined();
  cloud.fail([]);
  expect(await everything()).toEqual(before);
  cloud.fail([{ operation: 'CreateImage', region: 'us-west-1', fault: 'refuse' }]);
  const other = job({ 'omi-name': 'what is complete', 'omi-regions-on-failure': 'keep' });
  expect((await other.main()).code).toBe(1);
  cloud.fail([]);
  successful(await other.post());
  const { 'omi-id': omi, 'omi-ids': ids = '', manifest } = other.outputs();
  const copies: Record<string, string> = JSON.parse(ids);
  expect(Object.keys(copies)).toEqual(['eu-west-2', 'us-east-2']);
  expect(manifestAt(manifest)).toMatchObject({
    status: 'failed',
    omi: { id: omi },
    copies: [{ region: 'us-east-2', id: copies['us-east-2'] }],
  });
  const after = await everything();
  expect(after[2]).toEqual(before[2]);
  expect(after[1]).toContain(copies['us-east-2']);
  expect(after.at(-1)).toEqual([]);
});

test.each(['cancelled', 'killed with its whole tree'] as const)(
  'nothing is left in any region of a build that was %s during its imports',
  async (end) => {
    const first = await everything(slow);
    const one = job({ 'omi-name': end, 'omi-regions-on-failure': 'keep' }, slow);
    const main = one.start();
    await main.waitForLine(/us-west-1: Importing snap-\w+ as snap-/);
    const { text } = await endings[end](main);
    if (end === 'cancelled') expect(text).toContain('Nothing is left.');
    const ledgers = readdirSync(join(one.stateDir, '0')).filter((name) => name.endsWith('.jsonl'));
    expect(ledgers).toHaveLength(end === 'cancelled' ? 0 : 1);
    for (const name of ledgers)
      expect(readFileSync(join(one.stateDir, '0', name), 'utf8')).not.toMatch(/X-Amz|EMULATORSECRET/);
    successful(await one.post());
    expect(await everything(slow)).toEqual(first);
  },
);
