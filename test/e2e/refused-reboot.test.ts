import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { users } from '../support/users.js';

const cloud = useCloud();

test.each(users)(
  'as %s, the kernel refuses a reboot by a script, the build fails and leaves no resources',
  async (user) => {
    await expectNoLeftovers(cloud, async () => {
      const job = step(cloud, {
        user,
        inputs: { 'omi-name': 'reboots', run: 'busybox reboot -f\nsleep 100\n' },
      });
      const main = await job.main();
      expect(main.code).toBe(1);
      expect(main.text).toMatch(/^reboot: .*Operation not permitted$/m);
      expect(main.text).toMatch(/::error.*the script run exited with 1/);
      expect(main.text).not.toContain('ENOENT');
      return [];
    });
  },
);
