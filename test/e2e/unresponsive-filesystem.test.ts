/**
 * @alone Its filesystem does not respond: every parallel test that reads mounts would wait for it.
 * @once It tests a mount of the VM.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { filesystemsOf } from '../../src/host/exec/process-files.js';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { type DeadFuse, deadFuse } from '../support/dead-fuse.js';
import { inventory } from '../support/inventory.js';
import { jobNamespace, mounted, type Namespace, sharing } from '../support/mount-commit.js';
import { launch, successful } from '../support/process.js';

const cloud = useCloud();

/** An unresponsive filesystem, and a process with working directory and an open file in it. */
async function orphaned(job: Namespace, name: string): Promise<DeadFuse> {
  const fuse = await deadFuse(join(cloud.folder, name), job.pid);
  const script = 'cd "$0" && exec 3< file && echo ready && exec sleep 1000';
  const enter = ['nsenter', `--target=${job.pid}`, '--mount', '--'];
  const user = launch([...enter, 'sh', '-c', script, fuse.path], { PATH: process.env.PATH }, '/', 600_000);
  await user.waitForLine(/^ready$/);
  await fuse.die();
  return {
    ...fuse,
    [Symbol.asyncDispose]: async () => {
      user.child.kill('SIGKILL');
      await fuse[Symbol.asyncDispose]();
      await user.ended;
    },
  };
}

test('the build skips a path on an unresponsive filesystem, and reads the others', async () => {
  await using job = await jobNamespace();
  await using fuse = await orphaned(job, 'path');
  const stillInUse = `/proc/${job.pid}/root${fuse.path}/file`;
  const began = performance.now();
  const observed = await filesystemsOf(['/proc', stillInUse, '/dev'], AbortSignal.timeout(20_000), {
    first: 0.5,
    more: 0.1,
  });
  expect(performance.now() - began).toBeLessThan(5000);
  expect([...observed.keys()]).toEqual(['/proc', '/dev']);
});

test.each(['commit', 'post'] as const)(
  'an unresponsive mount elsewhere on the VM does not delay %s, which terminates mount users',
  async (end) => {
    const machine = inventory(cloud.folder);
    await using job = await jobNamespace();
    await using halves = await mounted(cloud, `beside a dead server ${end}`, { job: job.pid });
    await using _fuse = await orphaned(job, end);
    await halves.inside('busybox setsid sleep 1000 > /dev/null 2>&1 &');
    const began = performance.now();
    const ran = successful(await (end === 'commit' ? halves.commit().main() : halves.mount.post()));
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(ran.text).toMatch(/::warning.*(sleep|busybox) \(\d+\)/);
    successful(await halves.mount.post());
    expect(inventory(cloud.folder)).toEqual(machine);
  },
);

test('with an unresponsive mount on the VM, commit reacts to a cancel while the disk is in use', async () => {
  await using job = await jobNamespace();
  await using halves = await mounted(cloud, 'cancelled beside a dead server', { job: job.pid });
  await using _fuse = await orphaned(job, 'cancel');
  const device = halves.mount.outputs().device;
  const mountAndSleep = `mount ${device}p1 /tmp && echo ready && exec sleep 1000`;
  const holder = launch(['unshare', '--mount', 'sh', '-c', mountAndSleep], { PATH: process.env.PATH });
  await holder.waitForLine(/^ready$/);
  const commit = halves.commit().start();
  await commit.waitForLine(/Unmount/);
  await sleep(2000);
  const began = performance.now();
  commit.child.kill('SIGTERM');
  expect((await commit.ended).code).not.toBe(0);
  expect(performance.now() - began).toBeLessThan(20_000);
  holder.child.kill('SIGKILL');
  await holder.ended;
});

test('the next build removes resources of an orphaned build despite an unresponsive mount', async () => {
  const machine = inventory(cloud.folder);
  await using job = await jobNamespace();
  // Whoever started `mount` has ended. Not a shell: it would drop the variables INPUT_… whose names have
  // hyphens.
  const wrap = (argv: readonly string[]): string[] => ['perl', '-e', 'system(@ARGV); exit($? >> 8)', ...argv];
  await using halves = await mounted(cloud, 'orphaned', { job: job.pid, wrap });
  await halves.inside('busybox setsid sleep 1000 > /dev/null 2>&1 &');
  await using _fuse = await orphaned(job, 'next');
  const inputs = { 'omi-name': 'next', run: 'true\n', ...sharing(halves.mount.stateDir) };
  const began = performance.now();
  const next = successful(await step(cloud, { inputs, job: job.pid }).main());
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(next.text).toMatch(/::warning.*(sleep|busybox) \(\d+\)/);
  expect(existsSync(halves.path)).toBe(false);
  expect(inventory(cloud.folder)).toEqual(machine);
});
