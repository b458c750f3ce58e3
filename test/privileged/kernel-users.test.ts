/** @alone it reads all swap and loop devices of the machine. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { buildDisk } from '../support/build-disk.js';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { jobNamespace, mounted } from '../support/mount-commit.js';
import { launch, successful } from '../support/process.js';
import { users } from '../support/users.js';

const cloud = useCloud();

/** Uses a file of the image as swap. */
const swap = (file: string): string =>
  `dd if=/dev/zero of=${file} bs=64k count=16 2> /dev/null; chmod 600 ${file}; mkswap ${file} > /dev/null; swapon ${file}\n`;

/**
 * Sets up a loop device on a file of the image and another one on that, with a filesystem that is mounted,
 * and swap on it.
 */
const loop = (file: string): string => `
dd if=/dev/zero of=${file} bs=1M count=8 2> /dev/null
mknod /dev/loop-control c 10 237
while :; do
  loop=$(losetup -f)
  mknod $loop b 7 \${loop#/dev/loop}
  losetup $loop ${file} && break
done
under=$loop
while :; do
  loop=$(losetup -f)
  mknod $loop b 7 \${loop#/dev/loop}
  losetup $loop $under && break
done
mke2fs $loop > /dev/null 2>&1
mount $loop /mnt
${swap('/mnt/deep')}`;

const programs =
  'for one in dd mkswap swapon mknod losetup mke2fs; do ln -sf busybox /bin/$one; done; mkdir -p /mnt\n';

/** The swap and loop devices of the kernel on such files. */
const held = (): string[] =>
  [
    ...readFileSync('/proc/swaps', 'utf8').split('\n'),
    ...execFileSync('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE'], {
      encoding: 'utf8',
    }).split('\n'),
  ].filter((line) => /kept\.|\/deep/.test(line));

test.each(users)(
  'as %s: the build removes swap and loop devices that a script leaves on files of the image, and warns',
  async (user) => {
    await expectNoLeftovers(cloud, async () => {
      const run = `${programs}${swap('/kept.swap')}${loop('/kept.img')}`;
      const job = step(cloud, { user, inputs: { 'omi-name': 'kept {{.BuildId}}', run } });
      const main = successful(await job.main());
      expect(main.text).toMatch(/::warning.*\/kept\.swap of the image was still in use as swap/);
      expect(main.text).toMatch(/::warning.*\/dev\/loop\d+ was still attached to \/kept\.img of the image/);
      expect(main.text).toMatch(/::warning.*\/dev\/loop\d+ was still attached to \S*\/loop\d+ of the image/);
      expect(held()).toEqual([]);
    });
  },
);

test('the build removes those on a btrfs, whose files have another device number', async () => {
  const disk = { table: undefined, parts: [{ size: 160, filesystem: 'btrfs', linux: true }] } as const;
  const { text } = await buildDisk(cloud, disk, { run: `${programs}${loop('/kept.img')}` });
  expect(text).toMatch(/::warning.*\/dev\/loop\d+ was still attached to \/kept\.img of the image/);
  expect(text).toMatch(/::warning.*\/dev\/loop\d+ was still attached to \S*\/loop\d+ of the image/);
  expect(held()).toEqual([]);
});

test('a failed build removes swap and loop devices, too', async () => {
  await expectNoLeftovers(cloud, async () => {
    const run = `${programs}${swap('/kept.swap')}exit 3\n`;
    const main = await step(cloud, { inputs: { 'omi-name': 'kept and failed', run } }).main();
    expect(main.code).toBe(1);
    expect(main.text).toMatch(/::warning.*\/kept\.swap of the image was still in use as swap/);
    expect(held()).toEqual([]);
    return [];
  });
});

test.each(['commit', 'post'] as const)('%s removes swap and loop devices of the chroot', async (end) => {
  const machine = inventory(cloud.folder);
  await using job = await jobNamespace();
  await using halves = await mounted(cloud, 'kept {{.BuildId}}', { job: job.pid });
  await halves.inside(`export PATH=/bin\n${programs}${swap('/kept.swap')}${loop('/kept.img')}`);
  const ended = successful(await (end === 'commit' ? halves.commit().main() : halves.mount.post()));
  expect(ended.text).toMatch(/::warning.*\/kept\.swap of the image was still in use as swap/);
  expect(ended.text).toMatch(/::warning.*\/dev\/loop\d+ was still attached to .*\/kept\.img of the image/);
  expect(held()).toEqual([]);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('the next build names users of a killed build, and waits for them only briefly', async () => {
  const machine = inventory(cloud.folder);
  const run = `${programs}${swap('/kept.swap')}echo started; sleep 1000\n`;
  const killed = step(cloud, { inputs: { 'omi-name': 'killed', run } });
  const main = killed.start();
  await main.waitForLine(/^started$/);
  main.child.kill('SIGKILL');
  await main.ended;
  const device = inventory(cloud.folder).loops.find((name) => !machine.loops.includes(name)) ?? '';
  const mountAndSleep = `mount ${device}p1 /tmp && echo ready && exec sleep 1000`;
  const holder = launch(['unshare', '--mount', 'sh', '-c', mountAndSleep], { PATH: process.env.PATH });
  await holder.waitForLine(/^ready$/);
  const next = (name: string, script: string): Step =>
    step(cloud, { inputs: { 'omi-name': name, run: script, 'state-dir': killed.stateDir } });
  const start = performance.now();
  // Longer than the clean-up waits for the disk: a build that ends before that ends the clean-up.
  const hindered = successful(await next('hindered', 'sleep 10\n').main());
  expect(performance.now() - start).toBeLessThan(30_000);
  holder.child.kill('SIGKILL');
  await holder.ended;
  expect(hindered.text).toMatch(/::warning.*\/kept\.swap of the image was still in use as swap/);
  expect(hindered.text).toMatch(
    /::warning.*is still in use.*mounted at \/tmp in the mount namespace of process \d+ \(sleep\)/,
  );
  successful(await next('afterwards', 'true\n').main());
  expect(inventory(cloud.folder)).toEqual(machine);
});
