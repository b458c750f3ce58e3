/** @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { jobNamespace, mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { type TestDisk, testDisk } from '../support/test-disk.js';
import { type TestUser, users } from '../support/users.js';

const cloud = useCloud();
let disk: TestDisk;
let source: string;
beforeAll(async () => {
  disk = await testDisk();
  await disk.change(
    'rm etc/resolv.conf; echo mine > etc/resolv.conf; mkdir opt usr/sbin; touch usr/sbin/invoke-rc.d; echo own > usr/sbin/policy-rc.d',
  );
  source = await publishDisk(cloud.api, disk.file, 'to be lent to');
});
afterAll(() => disk[Symbol.dispose]());

/** What the image has at the paths of injected files. */
async function locations(snapshot: string): Promise<unknown> {
  await using opened = await openSnapshot(cloud, snapshot);
  return {
    clean: await opened.isClean(),
    texts: [await opened.read('/etc/resolv.conf'), await opened.read('/usr/sbin/policy-rc.d')],
    names: [...(await opened.list('/etc')), ...(await opened.list('/usr/sbin'))],
  };
}
const asItWas = {
  clean: true,
  texts: ['mine\n', 'own\n'],
  names: ['group', 'os-release', 'passwd', 'resolv.conf', 'invoke-rc.d', 'policy-rc.d'],
};

const over = [
  'echo x > /run/mine; mount --bind /run/mine /etc/resolv.conf',
  'mkdir /opt/e; cp /etc/passwd /opt/e/; mount --bind /opt/e /etc; mount -t tmpfs x /usr/sbin',
  'mount -t tmpfs x /usr/sbin; mount -t tmpfs y /usr; mkdir /usr/sbin',
].map((script) => script.replace('cp ', 'busybox cp '));

const scripts: readonly (readonly [string, string, TestUser])[] = [
  ...users.map((user) => ['mounts over a lent file', over[0] ?? '', user] as const),
  ['mounts over folders of lent files', over[1] ?? '', 'root'],
  ['mounts one over the other', over[2] ?? '', 'root'],
  ['makes the root read-only', 'mount -o remount,ro /', 'root'],
  ['unmounts all that it can', 'busybox umount -a || true', 'root'],
  ['freezes the root', 'busybox fsfreeze --freeze /; (echo x > /written) &\n sleep 0.2', 'root'],
];

test.each(scripts)(
  'a script that %s (%s) leaves no file of the VM in the image, as %s',
  async (_what, run, user) => {
    await expectNoLeftovers(cloud, async () => {
      const job = step(cloud, {
        user,
        inputs: { 'source-omi': source, 'omi-name': 'left {{.BuildId}}', run: `${run}\n` },
      });
      successful(await job.main());
      expect(await locations(job.outputs()['snapshot-id'] ?? '')).toEqual(asItWas);
    });
  },
);

test.each(users)('as %s, leftovers of a step between mount and commit are removed, too', async (user) => {
  const machine = inventory(cloud.folder);
  await using job = await jobNamespace();
  await using halves = await mounted(cloud, 'halves {{.BuildId}}', {
    user,
    job: job.pid,
    inputs: { 'source-omi': source },
  });
  await halves.inside(over.join('\n').replaceAll('/opt/e', '/opt/f'));
  await halves.inside('mount -o remount,ro /');
  const end = halves.commit();
  successful(await end.main());
  expect(await locations(end.outputs()['snapshot-id'] ?? '')).toEqual(asItWas);
  expect(inventory(cloud.folder)).toEqual(machine);
});
