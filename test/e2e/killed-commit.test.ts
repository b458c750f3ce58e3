/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';

const cloud = useCloud('--snapshot-time', '3000');

test('a commit killed before the snapshot leaves the mount to its owner, and the next build ignores it', async () => {
  await using halves = await mounted(cloud, 'out of memory', { inputs: { hold: '1h' } });
  const killed = halves.commit().start();
  await killed.waitForLine(/^::debug::Check: started/);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const inputs = { 'omi-name': 'next', run: 'true\n', 'state-dir': halves.mount.stateDir };
  successful(await step(cloud, { inputs }).main());
  await halves.inside('test -d /etc');
  successful(await halves.commit().main());
});

test('the next commit removes resources of a killed commit, and continues', async () => {
  const before = await cloud.resources();
  await using halves = await mounted(cloud, 'twice');
  const killed = halves.commit().start();
  await killed.waitForLine(/^::debug::Register OMI: started/);
  while (!cloud.requests().some(({ operation }) => operation === 'CreateImage')) await sleep(20);
  killed.child.kill('SIGKILL');
  await killed.ended;
  successful(await halves.commit().main());
  expect(await cloud.resources()).toHaveLength(before.length + 2);
});
