/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { startCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { jobNamespace, mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { uidOf, users } from '../support/users.js';

test.each(users)(
  'as %s: the next build on the VM removes resources of orphaned builds, and none of running builds',
  async (user) => {
    await using cloud = await startCloud();
    await expectNoLeftovers(cloud, async () => {
      const before = await cloud.resources();
      const killed = step(cloud, {
        user,
        inputs: { 'omi-name': 'killed', run: 'echo started\nsleep 1000\n' },
      });
      const state = { 'state-dir': killed.stateDir };
      const main = killed.start();
      await main.waitForLine(/^started$/);
      main.child.kill('SIGKILL');
      await main.ended;
      expect(await cloud.resources()).toHaveLength(before.length + 1);
      const live = step(cloud, {
        user,
        inputs: { 'omi-name': 'live', run: 'echo started\nsleep 4\n', ...state },
      });
      const running = live.start();
      await running.waitForLine(/^started$/);
      const next = step(cloud, { user, inputs: { 'omi-name': 'next', run: 'true\n', ...state } });
      const ran = successful(await next.main());
      expect(ran.text).toMatch(/Delete volume vol-/);
      successful(await running.ended);
      const kept = [live, next].flatMap((job) => [
        job.outputs()['omi-id'] ?? '',
        job.outputs()['snapshot-id'] ?? '',
      ]);
      expect(await cloud.resources()).toEqual([...before, ...kept].sort());
      expect(readdirSync(join(killed.stateDir, String(uidOf(user))))).toEqual([]);
    });
  },
);

test('the next build resumes a ledger whose last line is truncated', async () => {
  await using cloud = await startCloud();
  const before = await cloud.resources();
  const killed = step(cloud, { inputs: { 'omi-name': 'killed', run: 'echo started\nsleep 1000\n' } });
  const main = killed.start();
  await main.waitForLine(/^started$/);
  main.child.kill('SIGKILL');
  await main.ended;
  const [ledger = ''] = readdirSync(join(killed.stateDir, '0'));
  execFileSync('sh', [
    '-c',
    'printf "{\\"learned\\":1,\\"da" >> "$1"',
    'sh',
    join(killed.stateDir, '0', ledger),
  ]);
  successful(await killed.post());
  expect(await cloud.resources()).toEqual(before);
});

test('a ledger that ends in its first line has no resources, and the next build deletes it', async () => {
  await using cloud = await startCloud();
  const job = step(cloud, { inputs: { 'omi-name': 'made' } });
  successful(await job.main());
  const folder = join(job.stateDir, '0');
  const path = join(folder, `${job.outputs()['build-id']}.jsonl`);
  writeFileSync(path, '{"ledger":1,"bui');
  expect(successful(await job.post()).text).not.toMatch(/::(error|warning)/);
  utimesSync(path, 0, 0);
  const next = step(cloud, { inputs: { 'omi-name': 'next', 'state-dir': job.stateDir } });
  expect(successful(await next.main()).text).not.toMatch(/::(error|warning)/);
  expect(readdirSync(folder)).toEqual([]);
});

test('an output file that cannot be truncated does not prevent clean-up', async () => {
  await using cloud = await startCloud('--snapshot-time', '60000');
  const before = await cloud.resources();
  const job = step(cloud, { inputs: { 'omi-name': 'never made' } });
  const main = job.start();
  await main.waitForLine(/^::debug::Snapshot: started/);
  while (job.outputs()['snapshot-id'] === undefined) await sleep(20);
  const output = join(job.workspace, '../output.txt');
  rmSync(output);
  mkdirSync(output);
  main.child.kill('SIGINT');
  const { code, text } = await main.ended;
  expect(code).toBe(130);
  expect(text).toMatch(/::warning::Output snapshot-id not cleared/);
  expect(await cloud.resources()).toEqual(before);
  expect(readdirSync(join(job.stateDir, '0'))).toEqual([]);
});

test('clean-up of an orphaned build keeps the mount point that a running build shares', async () => {
  await using cloud = await startCloud();
  await expectNoLeftovers(cloud, async () => {
    const before = await cloud.resources();
    const path = join(cloud.folder, 'shared');
    const orphaned = step(cloud, {
      inputs: { 'omi-name': 'dead', 'mount-path': path, run: 'echo started\nsleep 1000\n' },
    });
    const main = orphaned.start();
    await main.waitForLine(/^started$/);
    main.child.kill('SIGKILL');
    await main.ended;
    // A build of another user, which does not remove resources of builds of root.
    const live = step(cloud, {
      user: 'a user with sudo',
      inputs: {
        'omi-name': 'live',
        'mount-path': path,
        'state-dir': orphaned.stateDir,
        run: 'echo started\nsleep 5\ntest -d /usr\ntouch /root/made\n',
      },
    });
    const running = live.start();
    await running.waitForLine(/^started$/);
    const post = await orphaned.post();
    expect(post.code).toBe(1);
    expect(post.text).toContain(`folder ${path}: ${path} is in use by another running build`);
    successful(await running.ended);
    const kept = [live.outputs()['omi-id'] ?? '', live.outputs()['snapshot-id'] ?? ''];
    expect(await cloud.resources()).toEqual([...before, ...kept].sort());
    expect(existsSync(path)).toBe(true);
    successful(await orphaned.post());
    expect(existsSync(path)).toBe(false);
  });
});

test('the next build removes an expired build between mount and commit, resources on the VM first', async () => {
  await using cloud = await startCloud();
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  await using job = await jobNamespace();
  const options = { job: job.pid, inputs: { hold: '1s' } };
  await using halves = await mounted(cloud, 'held', options);
  const { path, mount } = halves;
  const volume = mount.outputs()['volume-id'];
  await sleep(1000);
  const late = step(cloud, { inputs: { 'state-dir': mount.stateDir, 'omi-name': 'late' } });
  const lines = successful(await late.main()).lines.map(({ line }) => line);
  const at = (text: string): number => lines.findIndex((line) => line.includes(text));
  expect(at(`Unmount ${path}`)).toBeGreaterThan(-1);
  expect(at(`Unmount ${path}`)).toBeLessThan(at('::debug::Create volume: started'));
  expect(at(`Delete volume ${volume}`)).toBeGreaterThan(-1);
  const kept = [late.outputs()['omi-id'] ?? '', late.outputs()['snapshot-id'] ?? ''];
  expect(await cloud.resources()).toEqual([...before, ...kept].sort());
  expect(inventory(cloud.folder)).toEqual(machine);
});
