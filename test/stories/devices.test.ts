import { spawn } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { localNames } from '../../src/host/block-devices.js';
import { freeNames } from '../../src/host/device-names.js';
import { step } from '../support/action.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { inventory } from '../support/machine.js';
import { successful } from '../support/process.js';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});

let number = 0;
const job = (inputs: Readonly<Record<string, string>>): ReturnType<typeof step> =>
  step(cloud, { inputs: { 'omi-name': `device ${++number}`, ...inputs } });

/** The first free names, taken where a build does not look: the emulator gives out none whose first partition is there. */
function takeNames(): Disposable & { readonly names: readonly string[] } {
  const names = freeNames(localNames())
    .filter((name) => !existsSync(`${name}1`))
    .slice(0, 3);
  for (const name of names) symlinkSync('nowhere', `${name}1`);
  return {
    names,
    [Symbol.dispose]: () => {
      for (const name of names) rmSync(`${name}1`);
    },
  };
}

test('a name that the API refuses as taken is answered by the next one', async () => {
  let refused: string[] = [];
  // Another emulator of this machine may give back a name that comes before them: then none of them is asked for.
  for (let tries = 0; refused.length === 0 && tries < 5; tries += 1) {
    using taken = takeNames();
    cloud.requests();
    const { text } = successful(await job({}).main());
    const asked = cloud.requests().filter(({ operation }) => operation === 'LinkVolume');
    const names = asked.map(({ request }) => String(request.DeviceName));
    refused = names.slice(0, -1);
    expect(asked.map(({ status }) => status)).toEqual([...refused.map(() => 409), 200]);
    expect(new Set(names).size).toBe(names.length);
    expect(taken.names).not.toContain(names.at(-1));
    for (const name of refused) expect(text).toContain(`${name} is taken by now`);
  }
  expect(refused.length).toBeGreaterThan(0);
});

test('device_path and nvme_device_path are taken at their word, and proved', async () => {
  const device = freeNames(localNames()).at(-1) ?? '';
  const { text } = successful(await job({ 'device-path': device, 'nvme-device-path': device }).main());
  expect(text).toContain(` is ${device}, the kernel's loop`);
});

test('a device_path that is taken is refused, and no other is tried', async () => {
  const device = freeNames(localNames()).at(-1) ?? '';
  symlinkSync('nowhere', device);
  try {
    const before = await cloud.resources();
    cloud.requests();
    const { code, text } = await job({ 'device-path': device }).main();
    expect(code).toBe(1);
    expect(text).toMatch(new RegExp(`::error.*device_path: ${device} is taken`));
    expect(cloud.requests().filter(({ operation }) => operation === 'LinkVolume')).toEqual([]);
    expect(await cloud.resources()).toEqual(before);
  } finally {
    rmSync(device);
  }
});

test('an nvme_device_path that is another disk stops the build with what was seen', async () => {
  const before = await cloud.resources();
  const { code, text } = await job({ 'nvme-device-path': '/dev/loop-control' }).main();
  expect(code).toBe(1);
  expect(text).toMatch(/::error.*its disk was not found.*name: loop\d+.*given: nothing/);
  expect(await cloud.resources()).toEqual(before);
}, 90_000);

test('a disk that somebody on the VM holds is never detached: one error names who, and post finishes it', async () => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const held = job({ run: 'echo ready\nsleep 3\n' });
  const main = held.start();
  const disk = /the kernel's (loop\d+)/.exec(await main.seen(/the kernel's loop/))?.[1] ?? '';
  await main.seen(/^ready$/);
  const holder = spawn('unshare', ['--mount', 'sh', '-c', 'mount /dev/$0p1 /mnt && exec sleep 120', disk]);
  const ran = await main.ended;
  expect(ran.code).toBe(1);
  const errors = ran.lines.filter(({ line }) => line.startsWith('::error'));
  expect(errors).toHaveLength(1);
  expect(errors[0]?.line).toMatch(
    new RegExp(`cannot be snapshotted.*mounted at /mnt in the mount namespace of process ${holder.pid} `),
  );
  expect(errors[0]?.line).toMatch(/osc-cli api UnlinkVolume --VolumeId vol-/);
  const volume = (await cloud.resources()).find((id) => id.startsWith('vol-') && !before.includes(id)) ?? '';
  const { Tags } = await cloud.api.call('ReadTags', { Filters: { ResourceIds: [volume] } });
  expect(Tags?.map(({ Key }) => Key)).toContain('build-omi:in-use');
  expect(cloud.requests().map(({ operation }) => operation)).not.toContain('CreateSnapshot');
  holder.kill('SIGKILL');
  successful(await held.post());
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
}, 120_000);
