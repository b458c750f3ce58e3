import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { inventory } from '../support/machine.js';
import { users } from '../support/users.js';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});

test.each(users)(
  'as %s, a script that reboots ends its build, which says so and leaves nothing',
  async (user) => {
    const machine = inventory(cloud.folder);
    const before = await cloud.resources();
    const job = step(cloud, {
      user,
      inputs: { 'omi-name': 'reboots', run: 'busybox reboot -f; sleep 100\n' },
    });
    const main = await job.main();
    expect(main.code).toBe(1);
    expect(main.text).toMatch(/::error.*the script run ended the build's namespaces%0A.*reboot/);
    expect(main.text).not.toContain('ENOENT');
    expect(await cloud.resources()).toEqual(before);
    expect(inventory(cloud.folder)).toEqual(machine);
  },
);
