import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Image } from '../../src/outscale/api.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

const name = 'the image';
const inputs = {
  'omi-name': name,
  'omi-description': 'first',
  tags: 'generation=1',
  'omi-account-ids': '222222222222',
  'force-deregister': 'true',
  'force-delete-snapshot': 'true',
};
const job = (more: Readonly<Record<string, string>> = {}): Step =>
  step(cloud, { inputs: { ...inputs, ...more } });

/** The OMIs of that name: never more than one. */
async function named(): Promise<Image[]> {
  const { Images = [] } = await cloud.api.call('ReadImages', { Filters: { ImageNames: [name] } });
  return Images;
}

/** The attributes of an OMI that stay when it is registered again. */
const identity = ({ ImageName, Description, BlockDeviceMappings, PermissionsToLaunch, Tags }: Image) => ({
  ImageName,
  Description,
  BlockDeviceMappings,
  PermissionsToLaunch,
  Tags,
});

test('the build replaces an OMI: it deletes the old one with its snapshot, and the new one has the name', async () => {
  successful(await job().main());
  const before = await cloud.resources();
  const [old] = await named();
  const again = job({ tags: 'generation=2' });
  cloud.requests();
  successful(await again.main());
  const calls = cloud.requests();
  const [now, ...others] = await named();
  expect(others).toEqual([]);
  expect(now?.ImageId).toBe(again.outputs()['omi-id']);
  expect(now?.Tags).toEqual([{ Key: 'generation', Value: '2' }]);
  expect(await cloud.resources()).toHaveLength(before.length);
  expect(await cloud.resources()).not.toContain(old?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId);
  const order = calls.map(({ operation }) => operation);
  expect(order.indexOf('DeleteImage')).toBeGreaterThan(order.indexOf('CreateSnapshot'));
  expect(order.indexOf('DeleteSnapshot')).toBeGreaterThan(order.lastIndexOf('CreateImage'));
});

test('the build keeps an OMI of another account with the same name', async () => {
  const main = await job({ 'omi-name': 'story-source', 'force-deregister': 'false' }).main();
  expect(main.text).toMatch(/already has an OMI named story-source/);
});

test('the build registers the replaced OMI again, with all its attributes, if the new one cannot be registered', async () => {
  const [old] = await named();
  const before = await cloud.resources();
  await expectNoLeftovers(cloud, async () => {
    cloud.fail([{ operation: 'CreateImage', fault: 'refuse' }]);
    const main = await job().main();
    cloud.fail([]);
    expect(main.code).toBe(1);
    expect(main.text).toMatch(/::warning.*Registered .* again as ami-/);
    const [now, ...others] = await named();
    expect(others).toEqual([]);
    expect(now?.ImageId).not.toBe(old?.ImageId);
    if (old === undefined || now === undefined) throw new Error('there is no OMI');
    expect(identity(now)).toEqual(identity(old));
    expect(await cloud.resources()).toHaveLength(before.length);
  });
});

test('a build killed at any call after it deletes the replaced OMI leaves an OMI of the name after post', async () => {
  cloud.requests();
  successful(await job().main());
  const order = cloud.requests().map(({ operation }) => operation);
  const later = order.slice(order.indexOf('DeleteImage'));
  const tried = new Map<string, number>();
  let hung = 0;
  for (const operation of later) {
    // The first of these calls as well as each later one of its kind.
    const skip = order.slice(0, order.indexOf('DeleteImage')).filter((one) => one === operation).length;
    const nth = skip + (tried.get(operation) ?? 0);
    tried.set(operation, (tried.get(operation) ?? 0) + 1);
    const [old] = await named();
    const before = await cloud.resources();
    cloud.requests();
    cloud.fail([{ operation, fault: 'hang', skip: nth, times: 1 }]);
    const dying = job();
    const main = dying.start();
    let struck = false;
    while (!struck && main.child.exitCode === null) {
      struck = cloud.requests().some(({ status }) => status === 0);
      await sleep(10);
    }
    if (struck) hung += 1;
    main.child.kill('SIGKILL');
    await main.ended;
    cloud.fail([]);
    successful(await dying.post());
    const [now, ...others] = await named();
    expect(others).toEqual([]);
    if (old === undefined || now === undefined) throw new Error(`${operation} ${nth}: no OMI is left`);
    if (dying.outputs()['omi-id'] !== now.ImageId) expect(identity(now)).toEqual(identity(old));
    expect(await cloud.resources()).toHaveLength(before.length);
  }
  expect(hung).toBeGreaterThan(6);
}, 300_000);
