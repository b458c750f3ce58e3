import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { type Step, step } from '../support/action.js';
import { makeCanary } from '../support/canary.js';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';
import { type TestDisk, testDisk } from '../support/test-disk.js';
import { type TestUser, users } from '../support/users.js';

const cloud = useCloud();

let number = 0;
/** A build from a disk. */
async function buildFrom(
  disk: TestDisk,
  user: TestUser,
  inputs: Readonly<Record<string, string>>,
): Promise<Step> {
  const name = `hostile ${++number}`;
  const source = await publishDisk(cloud.api, disk.file, name);
  return step(cloud, { user, inputs: { 'source-omi': source, 'omi-name': `${name} built`, ...inputs } });
}

const climbing = '../../../../../../../..';
/** Every path that a build uses is a link to the VM ($V). */
const leadAway = (up: string): string => `
  mkdir -p usr/sbin opt/app; touch usr/sbin/invoke-rc.d
  for folder in proc sys dev run; do rm -rf $folder; ln -s ${up}$V/$folder $folder; done
  ln -sf ${up}$V/file etc/resolv.conf
  ln -s ${up}$V/motd etc/motd
  ln -s ${up}$V/file opt/app/mine
  ln -s ${up}$V/policy-rc.d usr/sbin/policy-rc.d
  ln -s ${up}$V etc/deep
  ln -s ${up}$V/file usr/bin/tool`;
const files = 'mine:/etc/motd\nmine:/opt/app/\nmine:/etc/deep/file\nmine:/usr/bin/tool\n';

test.each(
  users.flatMap((user) => [
    [user, 'absolute', leadAway('')] as const,
    [user, 'climbing', leadAway(climbing)] as const,
  ]),
)(
  'as %s, from an image of %s links: all operations stay in the image, and no file of the VM changes',
  async (user, _how, prepare) => {
    using disk = await testDisk();
    const canary = makeCanary(disk.folder);
    await disk.change(prepare.replaceAll('$V', canary.path));
    const [machine, before] = [inventory(cloud.folder), await canary.inspect()];
    const job = await buildFrom(disk, user, { files, run: 'echo "ran in $(cat /opt/app/mine)"\n' });
    writeFileSync(join(job.workspace, 'mine'), 'an image\n');
    expect(successful(await job.main()).text).toMatch(/^ran in an image$/m);
    expect(await canary.inspect()).toBe(before);
    expect(inventory(cloud.folder)).toEqual(machine);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(disk.folder);
  },
);

test.each(
  users.flatMap((user) => [
    [
      user,
      '/proc is a circle',
      'rm -r proc; ln -s proc proc',
      /::error.*too many levels of symbolic links in the image/,
    ] as const,
    [
      user,
      '/dev is a FIFO',
      'rm -r dev; mkfifo dev',
      /::error.*\/dev is not a directory in the image/,
    ] as const,
    [user, 'there is no /bin/sh', 'rm bin/sh', /::error.*\/bin\/sh/] as const,
  ]),
)('as %s, where %s: one error reports it, and no resources remain', async (user, _what, prepare, message) => {
  using disk = await testDisk();
  await disk.change(prepare);
  await expectNoLeftovers(cloud, async () => {
    const job = await buildFrom(disk, user, { run: 'true\n' });
    const before = await cloud.resources();
    const main = await job.main();
    expect(main.code).toBe(1);
    expect(main.text.match(/^::error.*$/gm)).toEqual([expect.stringMatching(message)]);
    expect(await cloud.resources()).toEqual(before);
  });
});

test.each(users)('as %s: a build without changes keeps every file', async (user) => {
  using disk = await testDisk();
  await disk.change(`
    mkdir -p usr/sbin; touch usr/sbin/invoke-rc.d
    echo mine > usr/sbin/policy-rc.d; chown 12:34 usr/sbin/policy-rc.d; chmod 4750 usr/sbin/policy-rc.d
    setfattr -n user.note -v mine usr/sbin/policy-rc.d
    rm etc/resolv.conf; echo mine > etc/resolv.conf
    setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 etc/resolv.conf
    ln -s nowhere etc/hosts; setfattr -h -n trusted.note -v mine etc/hosts
    touch -hd 2001-02-03T04:05:06.000000007 etc/* etc usr/sbin/* usr/sbin usr`);
  const before = await disk.inspect();
  const job = await buildFrom(disk, user, {
    'copy-files': '/etc/resolv.conf\n/etc/hosts\n/etc/hostname\n',
    run: 'cat /etc/resolv.conf /etc/hosts /etc/hostname > /run/seen\n! grep mine /run/seen\n',
  });
  successful(await job.main());
  using built = await testDisk(join(cloud.folder, 'cloud/snapshots', `${job.outputs()['snapshot-id']}.raw`));
  expect(await built.inspect()).toEqual(before);
});
