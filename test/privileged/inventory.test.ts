import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { startCloud } from '../support/cloud.js';
import { until } from '../support/emulator-client.js';
import { inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';
import { treeOf } from '../support/termination.js';

const statusOf = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8');
const argumentsOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');

test('the inventory lists the namespace holder of a killed build, and none of another emulator', async () => {
  await using cloud = await startCloud();
  await using other = await startCloud();
  const [machine, others] = [inventory(cloud.folder), inventory(other.folder)];
  const job = step(cloud, { inputs: { 'omi-name': 'orphan', run: 'echo started\nsleep 1000\n' } });
  const main = job.start();
  await main.waitForLine(/^started$/);
  const [holder = 0] = treeOf(main.child.pid ?? 0).filter((pid) =>
    /\0build-omi-\w+ of user \d+\0$/.test(argumentsOf(pid)),
  );
  // It ends with its parent unless its child, which hears of that, is stopped.
  const [, inside = 0] = treeOf(holder);
  process.kill(inside, 'SIGSTOP');
  main.child.kill('SIGKILL');
  await main.ended.catch(() => {});
  await until('it has no parent', () => /^PPid:\t1$/m.test(statusOf(holder)));
  expect(inventory(cloud.folder).orphans).toEqual([String(holder)]);
  expect(inventory(other.folder)).toEqual(others);
  process.kill(inside, 'SIGCONT');
  successful(await job.post());
  expect(inventory(cloud.folder)).toEqual(machine);
});
