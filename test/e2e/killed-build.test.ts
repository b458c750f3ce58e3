/** @long It kills 80 builds, one after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';
import { endings } from '../support/termination.js';
import { users } from '../support/users.js';

const cloud = useCloud();

test.each(
  users.flatMap((user) =>
    (['killed alone', 'killed with its whole tree'] as const).map((how) => [user, how] as const),
  ),
)(
  'as %s, %s at any of 20 moments: no mount remains, without any clean-up',
  async (user, how) => {
    const run = 'mkdir -p /root/m; mount -o bind /tmp /root/m; sleep 1000 & sleep 0.2';
    for (let moment = 0; moment < 20; moment += 1) {
      const job = step(cloud, { user, inputs: { 'omi-name': 'killed', run } });
      const main = job.start();
      if (moment % 2 === 0) await main.waitForLine(/^::debug::Attach: started/);
      else await main.waitForLine(/^::debug::Mount: started/);
      await sleep(moment * 20);
      await endings[how](main);
      const until = performance.now() + 5000;
      const left = (): unknown[] => {
        const { mounts, orphans } = inventory(cloud.folder);
        return [...mounts, ...orphans];
      };
      while (left().length > 0 && performance.now() < until) await sleep(20);
      expect({ moment, left: left() }).toEqual({ moment, left: [] });
      successful(await job.post());
    }
  },
  180_000,
);
