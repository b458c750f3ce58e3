/** @long It runs a build for each call to another region, under both values of omi_regions_on_failure. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import type { FaultRule } from '../../src/emulator/server/faults.js';
import { type Step, step } from '../support/action.js';
import type { TestCloud } from '../support/cloud.js';
import { startCloud } from '../support/cloud.js';
import { storeOf } from '../support/object-store.js';
import { successful } from '../support/process.js';

const failed = 'us-east-2';
const other = 'us-west-1';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud('--latency', '10', '--buckets', 'images', '--other-regions', failed, other);
}, 60_000);
afterAll(async () => await cloud[Symbol.asyncDispose](), 60_000);

const job = (name: string, policy: string, stateDir?: string): Step =>
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
      ...(stateDir === undefined ? {} : { 'state-dir': stateDir }),
    },
  });

const everything = async (): Promise<Readonly<Record<string, readonly string[]>>> => ({
  home: await cloud.resources(),
  [failed]: (await cloud.others.get(failed)?.resources()) ?? [],
  [other]: (await cloud.others.get(other)?.resources()) ?? [],
  objects: (await storeOf(cloud.objectStore, defaultAccount).list('images', '')).map(({ key }) => key),
});

/** The calls of a build to the region and to the bucket, the polls of one wait counted as one. */
async function calls(): Promise<readonly Pick<FaultRule, 'operation' | 'region' | 'skip'>[]> {
  cloud.requests();
  successful(await job('going well', 'cleanup').main());
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

test.each(
  ['cleanup', 'keep'].flatMap((policy) =>
    (['refuse', 'drop-after'] as const).map((fault) => [policy, fault] as const),
  ),
)(
  'nothing is left of a region that fails, with %s and %s',
  async (policy, fault) => {
    const problems: string[] = [];
    for (const [number, call] of (await calls()).entries()) {
      const title = `${policy}: ${call.region} ${call.operation} ${call.skip} ${fault}`;
      const before = await everything();
      cloud.fail([{ ...call, fault, distinct: true }]);
      const one = job(`${policy} ${fault} ${number}`, policy);
      const main = await one.main();
      cloud.fail([]);
      const post = await one.post();
      const after = await everything();
      const { 'omi-id': omi = '', 'omi-ids': ids = '{}' } = one.outputs();
      const copies: Record<string, string> = JSON.parse(ids);
      const fresh = Object.entries(after).flatMap(([where, found]) =>
        found.filter((id) => !before[where]?.includes(id)).map((id) => `${where} ${id}`),
      );
      const products = new Set(
        [
          omi && `home ${omi}`,
          copies[failed] && `${failed} ${copies[failed]}`,
          copies[other] && `${other} ${copies[other]}`,
        ].filter(Boolean),
      );
      const images = fresh.filter((id) => / ami-/.test(id));
      const snapshots = fresh.filter((id) => / snap-/.test(id));
      const find = (isWrong: boolean, what: string): void => {
        if (isWrong) problems.push(`${title}: ${what}\n${main.text}`);
      };
      find(post.code !== 0, 'post failed');
      find(fault === 'drop-after' && main.code !== 0, `exit code ${main.code}`);
      find(
        images.some((id) => !products.has(id)) || images.length !== products.size,
        `left: ${images.join()}`,
      );
      find(snapshots.length !== images.length, `snapshots left: ${snapshots.join()}`);
      find(after.objects?.length !== 0, `objects left: ${after.objects?.join()}`);
      find(main.code !== 0 && policy === 'cleanup' && fresh.length > 0, `left: ${fresh.join()}`);
      find(main.code === 0 && products.size !== 3, `only ${[...products].join()}`);
    }
    expect(problems).toEqual([]);
  },
  900_000,
);
