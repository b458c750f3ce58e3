/**
 * @long It interrupts many builds, one after another.
 * @once It tests signals; recovery and post clean up by minimal answers.
 */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { startCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';
import { uidOf, users } from '../support/users.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const;
const run = 'echo started\nsleep 1000 &\nsleep 1000\n';

test.each(users.flatMap((user) => signals.map((signal) => [user, signal] as const)))(
  'as %s, %s in the middle of a script: post removes all resources',
  async (user, signal) => {
    await using cloud = await startCloud();
    await expectNoLeftovers(cloud, async () => {
      const before = await cloud.resources();
      const job = step(cloud, { user, inputs: { 'omi-name': 'interrupted', run } });
      const main = job.start();
      await main.waitForLine(/^started$/);
      main.child.kill(signal);
      const ended = await main.ended;
      if (signal === 'SIGKILL') {
        expect(ended.code).toBe(null);
      } else {
        expect(ended.code).toBe(128 + constants.signals[signal]);
        expect(ended.text).toContain(`the build was cancelled (${signal})`);
        expect(await cloud.resources()).toEqual(before);
      }
      successful(await job.post());
      expect(await cloud.resources()).toEqual(before);
      expect(readdirSync(join(job.stateDir, String(uidOf(user))))).toEqual([]);
    });
  },
);

test.each(users)('as %s: a cancel ends the build at any early moment', async (user) => {
  await using cloud = await startCloud();
  const before = await cloud.resources();
  for (const after of [30, 100, 200, 300, 450]) {
    const job = step(cloud, { user, inputs: { 'omi-name': 'early', run: 'sleep 1000\n' } });
    const main = job.start();
    await sleep(after);
    main.child.kill('SIGINT');
    expect((await main.ended).code).not.toBe(0);
    successful(await job.post());
    expect(await cloud.resources()).toEqual(before);
  }
});

test.each([
  ['root', 'Create volume', 600],
  ['a user with sudo', 'Attach', 300],
] as const)('as %s, a cancel during an API call (%s): no resources remain', async (user, phase, after) => {
  await using cloud = await startCloud('--latency', '1500');
  await expectNoLeftovers(cloud, async () => {
    const job = step(cloud, { user, inputs: { 'omi-name': 'on its way', run } });
    const main = job.start();
    await main.waitForLine(new RegExp(`::debug::${phase}: started`));
    await sleep(after);
    main.child.kill('SIGTERM');
    expect((await main.ended).code).toBe(143);
    successful(await job.post());
    return [];
  });
});

test.each(users)('as %s, a closed log reader cancels the build, which cleans up completely', async (user) => {
  await using cloud = await startCloud();
  await expectNoLeftovers(cloud, async () => {
    const job = step(cloud, {
      user,
      inputs: { 'omi-name': 'unread', run: 'echo started\nwhile true; do echo more; sleep 0.1; done\n' },
    });
    const main = job.start();
    await main.waitForLine(/^started$/);
    main.child.stdout?.destroy();
    await once(main.child, 'exit');
    return [];
  });
});
