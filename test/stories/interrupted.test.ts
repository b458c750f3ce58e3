import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { startCloud } from '../support/cloud.js';
import { inventory } from '../support/machine.js';
import { successful } from '../support/process.js';
import { uidOf, users } from '../support/users.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const;
const run = 'echo started\nsleep 1000 &\nsleep 1000\n';

test.each(users.flatMap((user) => signals.map((signal) => [user, signal] as const)))(
  'as %s, %s in the middle of a script: with post nothing is left',
  async (user, signal) => {
    await using cloud = await startCloud();
    const machine = inventory(cloud.folder);
    const before = await cloud.resources();
    const job = step(cloud, { user, inputs: { 'omi-name': 'interrupted', run } });
    const main = job.start();
    await main.seen(/^started$/);
    main.child.kill(signal);
    const ended = await main.ended;
    if (signal === 'SIGKILL') {
      expect(ended.code).toBe(null);
    } else {
      expect(ended.code).toBe(1);
      expect(ended.text).toContain(`the build was cancelled (${signal})`);
      expect(await cloud.resources()).toEqual(before);
    }
    successful(await job.post());
    expect(await cloud.resources()).toEqual(before);
    expect(inventory(cloud.folder)).toEqual(machine);
    expect(readdirSync(join(job.stateDir, String(uidOf(user))))).toEqual([]);
  },
);
