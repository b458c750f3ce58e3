import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { users } from '../support/users.js';

const cloud = useCloud();

/** A process that daemonizes: in its own session, and its parent has exited. */
const daemon = `
mkdir -p /root/into /root/other
cat > /run/daemon <<'end'
  trap "" TERM HUP INT
  echo $$ > /run/pid
  cd /root/into
  exec 3> /root/held
  mount -o bind /root/other /root/into
  (while :; do sleep 1; echo alive >&3; done) &
  while :; do echo alive >> /root/into/log; sleep 1; done
end
busybox setsid sh -c 'sh /run/daemon &' > /dev/null 2>&1
while ! test -e /root/into/log; do sleep 0.05; done
grep -q "^PPid:.1$" /proc/$(cat /run/pid)/status
`;

test.each(users)(
  'as %s, 20 of 20 builds whose script leaves a daemon that ignores SIGTERM end without leftovers',
  async (user) => {
    await expectNoLeftovers(cloud, async () => {
      const one = async (number: number): Promise<void> => {
        const job = step(cloud, { user, inputs: { 'omi-name': `daemon ${user} ${number}`, run: daemon } });
        const main = successful(await job.main());
        expect(main.text).toMatch(/::warning.*the script run left processes running: .*sh \(\d+\)/);
        await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
        expect(await snapshot.isClean()).toBe(true);
        expect(await snapshot.list('/root')).toEqual(['held', 'into', 'other']);
      };
      for (let number = 0; number < 20; number += 4)
        await Promise.all([one(number), one(number + 1), one(number + 2), one(number + 3)]);
    });
  },
  120_000,
);
