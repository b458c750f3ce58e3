/** @long It runs a build for each call to another region, under both values of omi_regions_on_failure. */
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import type { FaultRule } from '../../src/emulator/server/faults.js';
import { type Step, step } from '../support/action.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { storeOf } from '../support/object-store.js';
import { successful } from '../support/process.js';

const failed = 'us-east-2';
const other = 'us-west-1';

let clouds: readonly TestCloud[];
beforeAll(async () => {
  const flags = ['--latency', '10', '--buckets', 'images', '--other-regions', failed, other];
  clouds = await Promise.all(
    Array.from({ length: availableParallelism() + 1 }, async () => await startCloud(...flags)),
  );
}, 60_000);
afterAll(async () => {
  await Promise.all(clouds.map((cloud) => cloud[Symbol.asyncDispose]()));
}, 60_000);

const job = (cloud: TestCloud, name: string, policy: string): Step =>
  step(cloud, {
    inputs: {
      'omi-name': name,
      'omi-regions': JSON.stringify(
        [failed, other].map((region) => ({
          region,
          custom_endpoint_oapi: cloud.others.get(region)?.endpoint,
        })),
      ),
      'export-bucket': 'images',
      'custom-endpoint-oos': cloud.objectStore,
      'omi-regions-on-failure': policy,
    },
  });

const everything = async (cloud: TestCloud): Promise<Readonly<Record<string, readonly string[]>>> => ({
  home: await cloud.resources(),
  [failed]: (await cloud.others.get(failed)?.resources()) ?? [],
  [other]: (await cloud.others.get(other)?.resources()) ?? [],
  objects: (await storeOf(cloud.objectStore, defaultAccount).list('images', '')).map(({ key }) => key),
});

type Call = Pick<FaultRule, 'operation' | 'region' | 'skip'>;

/** The calls of a build to the region and to the bucket, the polls of one wait counted as one. */
async function callsOf(cloud: TestCloud): Promise<readonly Call[]> {
  cloud.requests();
  successful(await job(cloud, 'going well', 'cleanup').main());
  const counts = new Map<string, number>();
  let last = '';
  return cloud.requests().flatMap(({ operation, request, region = 'eu-west-2' }) => {
    const call = JSON.stringify([region, operation, request]);
    const isBucket = /Object|Bucket|ExportTask/.test(operation);
    if (call === last || (region !== failed && !isBucket)) return [];
    last = call;
    const key = `${region} ${operation}`;
    const skip = counts.get(key) ?? 0;
    counts.set(key, skip + 1);
    return [{ operation, region, skip }];
  });
}

/** A build with one fault. */
interface Row {
  readonly call: Call;
  readonly fault: 'refuse' | 'drop-after';
  readonly policy: 'cleanup' | 'keep';
}

/** Runs a row. @returns what is left of it besides complete OMIs, and other problems */
async function run(cloud: TestCloud, { call, fault, policy }: Row, number: number): Promise<string[]> {
  const before = await everything(cloud);
  cloud.fail([{ ...call, fault, distinct: true }]);
  const one = job(cloud, `row ${number}`, policy);
  cloud.requests();
  const main = await one.main();
  const struck = cloud.requests().filter(({ status }) => status !== 200).length;
  cloud.fail([]);
  const post = await one.post();
  const after = await everything(cloud);
  const { 'omi-id': omi = '', 'omi-ids': ids = '{}' } = one.outputs();
  const copies: Record<string, string> = JSON.parse(ids);
  const fresh = Object.entries(after).flatMap(([where, found]) =>
    found.filter((id) => !before[where]?.includes(id)).map((id) => `${where} ${id}`),
  );
  const products = [
    omi && `home ${omi}`,
    copies[failed] && `${failed} ${copies[failed]}`,
    copies[other] && `${other} ${copies[other]}`,
  ].flatMap((id) => id || []);
  const images = fresh.filter((id) => / ami-/.test(id));
  const left = fresh.filter((id) => !/ (ami|snap)-/.test(id));
  const snapshots = fresh.filter((id) => / snap-/.test(id));
  const problems = [
    struck === 0 && 'the fault did not strike',
    post.code !== 0 && 'post failed',
    fault === 'drop-after' && main.code !== 0 && `exit code ${main.code}`,
    images.toSorted().join() !== products.toSorted().join() && `OMIs: ${images.join()}`,
    snapshots.length !== images.length && `snapshots left: ${snapshots.join()}`,
    left.length > 0 && `left: ${left.join()}`,
    main.code !== 0 && policy === 'cleanup' && fresh.length > 0 && `left: ${fresh.join()}`,
    main.code === 0 && products.length !== 3 && `only ${products.join()}`,
  ].filter((found) => found !== false);
  const title = `${policy}: ${call.region} ${call.operation} ${call.skip} ${fault}`;
  return problems.map((what) => `${title}: ${what}\n${main.text}`);
}

test('nothing is left of a region that fails at any of its calls', async () => {
  const [first] = clouds;
  if (first === undefined) throw new Error('there is no emulator');
  const calls = await callsOf(first);
  expect(calls.map(({ operation }) => operation)).toEqual(
    expect.arrayContaining(['HeadBucket', 'CreateSnapshotExportTask', 'CreateSnapshot', 'CreateImage']),
  );
  const rows = [
    ...calls.map((call): Row => ({ call, fault: 'refuse', policy: 'cleanup' })),
    ...calls.map((call): Row => ({ call, fault: 'refuse', policy: 'keep' })),
    // A lost answer fails no build, whatever the policy is. The cloud itself reads the object of an import.
    ...calls
      .filter(({ operation }) => operation !== 'GetObject')
      .map((call): Row => ({ call, fault: 'drop-after', policy: 'cleanup' })),
  ];
  const waiting = rows.map((row, number) => ({ row, number }));
  const inCloud = async (cloud: TestCloud): Promise<string[]> => {
    const problems: string[] = [];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      problems.push(...(await run(cloud, next.row, next.number)));
    return problems;
  };
  expect((await Promise.all(clouds.map(inCloud))).flat()).toEqual([]);
}, 600_000);
