/** @alone it takes device names of the machine. */
import { spawn } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { localNames } from '../../src/host/disk/block-devices.js';
import { freeNames } from '../../src/host/disk/device-names.js';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';
import { type TestUser, users } from '../support/users.js';

const cloud = useCloud();

let number = 0;
const job = (inputs: Readonly<Record<string, string>>, user: TestUser = 'root'): ReturnType<typeof step> =>
  step(cloud, { user, inputs: { 'omi-name': `device ${++number}`, ...inputs } });

/** Occupies the first free name: the emulator does not assign a name whose first partition exists. */
function takeNames(): Disposable & { readonly names: readonly string[] } {
  const names = freeNames(localNames())
    .filter((name) => !existsSync(`${name}1`))
    .slice(0, 1);
  for (const name of names) symlinkSync('nowhere', `${name}1`);
  return {
    names,
    [Symbol.dispose]: () => {
      for (const name of names) rmSync(`${name}1`);
    },
  };
}

test('the build tries the next device name if the API refuses one, although no list explains it', async () => {
  let refused: string[] = [];
  // Another emulator on this machine may release an earlier name: then the build requests none of these.
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
    for (const name of refused)
      expect(text).toMatch(
        `Device name ${name} was refused (LinkVolume failed: resource conflict: status 409`,
      );
  }
  expect(refused.length).toBeGreaterThan(0);
});

test('the build uses device_path and nvme_device_path as given, and checks the disk', async () => {
  const device = freeNames(localNames()).at(-1) ?? '';
  const { text } = successful(await job({ 'device-path': device, 'nvme-device-path': device }).main());
  expect(text).toContain(` as ${device} (kernel name loop`);
});

test('the build refuses a device_path in use, and tries no other', async () => {
  const device = freeNames(localNames()).at(-1) ?? '';
  symlinkSync('nowhere', device);
  try {
    const before = await cloud.resources();
    cloud.requests();
    const { code, text } = await job({ 'device-path': device }).main();
    expect(code).toBe(1);
    expect(text).toMatch(new RegExp(`::error.*device_path: ${device} is in use`));
    expect(cloud.requests().filter(({ operation }) => operation === 'LinkVolume')).toEqual([]);
    expect(await cloud.resources()).toEqual(before);
  } finally {
    rmSync(device);
  }
});

test('the build fails if nvme_device_path is another disk, and reports what it found', async () => {
  const before = await cloud.resources();
  const { code, text } = await job({ 'nvme-device-path': '/dev/loop-control' }).main();
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error.*nvme_device_path: \/dev\/loop-control is not a disk of this VM.*name: loop\d+.*given: none/,
  );
  expect(await cloud.resources()).toEqual(before);
}, 90_000);

/** External users of partition 1 of a disk, and how the error names each. */
const holders: readonly (readonly [script: string, named: (pid: number) => string])[] = [
  [
    'mount /dev/$0p1 /mnt && exec sleep 120',
    (pid) => `mounted at /mnt in the mount namespace of process ${pid} `,
  ],
  [
    'mount /dev/$0p1 /mnt && cd /mnt && umount --lazy /mnt && exec sleep 120',
    (pid) => `process ${pid} \\(sleep\\) uses it: cwd`,
  ],
];

test.each(users)(
  'as %s, the build does not detach a disk that a process of the VM uses: one error names the process, and post detaches it',
  async (user) => {
    await expectNoLeftovers(cloud, async () => {
      const heldBy = async ([script, named]: (typeof holders)[number]): Promise<void> => {
        const held = job({ run: 'echo ready\nsleep 3\n' }, user);
        const main = held.start();
        const found = /Attached (vol-\w+) as \S+ \(kernel name (loop\d+)\)/;
        const [, volume = '', disk = ''] = found.exec(await main.waitForLine(found)) ?? [];
        await main.waitForLine(/^ready$/);
        const holder = spawn('unshare', ['--mount', 'sh', '-c', script, disk]);
        const ran = await main.ended;
        expect(ran.code).toBe(1);
        const errors = ran.lines.filter(({ line }) => line.startsWith('::error'));
        expect(errors).toHaveLength(1);
        expect(errors[0]?.line).toMatch(
          new RegExp(`^::error title=Unmount::${volume} cannot be snapshotted.*${named(holder.pid ?? 0)}`),
        );
        expect(errors[0]?.line).toMatch(`osc-cli api UnlinkVolume --VolumeId ${volume}`);
        expect(errors[0]?.line).toMatch(`osc-cli api DeleteVolume --VolumeId ${volume}`);
        const { Volumes } = await cloud.api.call('ReadVolumes', { Filters: { VolumeIds: [volume] } });
        expect(Volumes?.[0]?.LinkedVolumes?.map(({ State }) => State)).toEqual(['attached']);
        expect(Volumes?.[0]?.Tags?.map(({ Key }) => Key)).toContain('build-omi:in-use');
        holder.kill('SIGKILL');
        successful(await held.post());
      };
      cloud.requests();
      await Promise.all(holders.map(heldBy));
      expect(cloud.requests().map(({ operation }) => operation)).not.toContain('CreateSnapshot');
      return [];
    });
  },
  120_000,
);
