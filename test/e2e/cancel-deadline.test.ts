/** @once It tests the time that a cancelled build takes. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { step } from '../support/action.js';
import { dist, useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { launch, type Running, successful } from '../support/process.js';
import { endings } from '../support/termination.js';
import { users } from '../support/users.js';

const cloud = useCloud();

const run = 'echo started\nsleep 1000\n';
/** With these faults no clean-up is possible, because ReadVolumes fails. */
const slow = [{ operation: 'ReadVolumes', fault: 'throttle', times: 1_000_000 }] as const;

const cancels = {
  'as the runner does it': endings.cancelled,
  once: async (main: Running) => {
    main.child.kill('SIGINT');
    return await main.ended;
  },
} as const;

test.each(
  users.flatMap((user) => (['as the runner does it', 'once'] as const).map((how) => [user, how] as const)),
)('as %s, cancelled %s: the build leaves clean-up that takes over 10 s to post', async (user, how) => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const job = step(cloud, { user, inputs: { 'omi-name': 'out of time', run } });
  const main = job.start();
  await main.waitForLine(/^started$/);
  cloud.fail(slow);
  const began = performance.now();
  const ended = await cancels[how](main);
  expect(performance.now() - began).toBeLessThan(10_000);
  cloud.fail([]);
  expect(ended.code).toBe(130);
  const errors = ended.lines.filter(({ line }) => line.startsWith('::error'));
  expect(errors.map(({ line }) => line).join()).toMatch(
    /cancelled \(SIGINT\).*the post step continues with attached volume vol-\w+, volume vol-\w+\)$/,
  );
  expect(errors).toHaveLength(1);
  // The clean-up of the VM alone takes no noticeable time.
  expect(inventory(cloud.folder)).toMatchObject({ mounts: [], orphans: [], folders: [] });
  expect(await cloud.resources()).toHaveLength(before.length + 1);
  successful(await job.post());
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('on the command line the clean-up continues, and a second signal prints the remaining resources', async () => {
  await expectNoLeftovers(cloud, async () => {
    const state = join(cloud.folder, 'state');
    const { accessKey, secretKey } = defaultAccount;
    const flags = {
      'source-omi': cloud.source,
      'custom-endpoint-oapi': cloud.endpoint,
      'metadata-endpoint': cloud.metadata,
      'state-dir': state,
      'omi-name': 'in a shell',
      run,
    };
    const main = launch(
      [
        process.execPath,
        join(dist, 'cli.js'),
        'build',
        ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
      ],
      {
        PATH: process.env.PATH,
        HOME: '/root',
        OSC_ACCESS_KEY: accessKey,
        OSC_SECRET_KEY: secretKey,
        RUNNER_DEBUG: '1',
      },
      cloud.folder,
    );
    await main.waitForLine(/│ started$/);
    cloud.fail(slow);
    main.child.kill('SIGINT');
    await main.waitForLine(/Detach volume.*: started$/);
    main.child.kill('SIGINT');
    const reported = [
      await main.waitForLine(/Not cleaned up yet: attached volume vol-\w+$/),
      await main.waitForLine(/Not cleaned up yet: volume vol-\w+$/),
    ];
    expect(reported.join()).not.toContain('folder');
    cloud.fail([]);
    expect((await main.ended).code).toBe(130);
    expect(readdirSync(join(state, '0'))).toEqual([]);
    return [];
  });
});
