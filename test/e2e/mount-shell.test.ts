/**
 * @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it.
 * @once It tests the program in a shell; mount reads the answers.
 */
import { chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { step } from '../support/action.js';
import { dist, useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { jobNamespace } from '../support/mount-commit.js';
import { launch, type Running, successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { treeOf } from '../support/termination.js';
import { asTestUser, type TestUser, uidOf, users } from '../support/users.js';

const cloud = useCloud();

interface Shell {
  readonly folder: string;
  readonly stateDir: string;
  /** Starts a script in which `omi` is build-omi. */
  start(script: string): Running;
}

/** A shell of a user, in a folder of its own. */
function shellOf(user: TestUser = 'root', job?: number): Shell {
  const folder = mkdtempSync(join(cloud.folder, 'shell-'));
  chownSync(folder, uidOf(user), uidOf(user));
  const stateDir = join(folder, 'state');
  const env = {
    PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
    HOME: folder,
    TMPDIR: folder,
    OSC_ACCESS_KEY: defaultAccount.accessKey,
    OSC_SECRET_KEY: defaultAccount.secretKey,
    OSC_ENDPOINT_API: cloud.endpoint,
    BUILD_OMI_STATE_DIR: stateDir,
  };
  const omi = `omi() { '${process.execPath}' '${join(dist, 'cli.js')}' "$@"; }\n`;
  const mount = `mount_omi() { omi mount --source-omi ${cloud.source} --metadata-endpoint ${cloud.metadata} --outputs chroot.sh "$@"; . ./chroot.sh; }\n`;
  const location = job === undefined ? undefined : { job, cwd: folder };
  return {
    folder,
    stateDir,
    start: (script) =>
      launch(asTestUser(user, folder, ['sh', '-ec', omi + mount + script], location), env, folder),
  };
}

/** A whole build of the same state folder. */
const wholeBuild = async (name: string, stateDir: string): Promise<string[]> => {
  const whole = step(cloud, { inputs: { 'omi-name': name, run: 'true\n', 'state-dir': stateDir } });
  successful(await whole.main());
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '' } = whole.outputs();
  return [omi, snapshot];
};

test.each(users)('as %s: a user mounts in a shell, works in the chroot and commits', async (user) => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  await using job = await jobNamespace();
  const shell = shellOf(user, job.pid);
  const asRoot = user === 'root' ? '' : 'sudo -n ';
  const { text } = successful(
    await shell.start(`
      mount_omi
      ${asRoot}chroot "$MOUNT_PATH" /bin/sh -c 'echo by hand > /root/made'
      omi commit --build-id "$BUILD_ID" --omi-name "it's from a shell (${uidOf(user)})" --outputs image.sh && exit 9
      omi commit --build-id "$BUILD_ID" --omi-name 'from a shell (${uidOf(user)})' --outputs image.sh
      . ./image.sh
      echo "built=$OMI_ID $SNAPSHOT_ID $OMI_NAME"
    `).ended,
  );
  expect(text).toContain('has characters that are not allowed in an OMI name');
  const [, omi = '', snapshot = '', name] = /^built=(\S+) (\S+) (.*)$/m.exec(text) ?? [];
  expect(name).toBe(`from a shell (${uidOf(user)})`);
  expect(await cloud.resources()).toEqual([...before, omi, snapshot].sort());
  expect(inventory(cloud.folder)).toEqual(machine);
  expect(readdirSync(join(shell.stateDir, String(uidOf(user))))).toEqual([]);
  await using disk = await openSnapshot(cloud, snapshot);
  expect(await disk.read('/root/made')).toBe('by hand\n');
});

test('abort removes all resources, and a second abort reports that there is no build', async () => {
  await expectNoLeftovers(cloud, async () => {
    const shell = shellOf();
    const { text } = successful(
      await shell.start(`
      mount_omi --omi-name 'given up'
      echo "at=$MOUNT_PATH"
      omi abort --build-id "$BUILD_ID"
      omi abort --build-id "$BUILD_ID" && exit 9
      omi abort && exit 9
      true
    `).ended,
    );
    const [, path = '', id = ''] = /^at=(\/mnt\/build-omi\/(\w+)\/root)$/m.exec(text) ?? [];
    expect(existsSync(path)).toBe(false);
    expect(text).toContain(`build_id: build ${id} does not exist or is finished`);
    expect(text).toContain('build_id: is missing');
    return [];
  });
});

test('commit does not terminate the shell that started it, and prints how to continue', async () => {
  const before = await cloud.resources();
  const shell = shellOf();
  const { text } = successful(
    await shell.start(`
      mount_omi
      cd "$MOUNT_PATH/root"
      omi commit --build-id "$BUILD_ID" --omi-name 'from inside' && exit 9
      cd /
      omi commit --build-id "$BUILD_ID" --omi-name 'from outside'
    `).ended,
  );
  expect(text).toMatch(
    /sh \(\d+\), an ancestor of this process, is using \/mnt\/build-omi\/\w+\/root\n.*cd \//,
  );
  expect(text).toMatch(/ OMI +ami-\w+ from outside: available /);
  expect(await cloud.resources()).toHaveLength(before.length + 2);
});

test('a mounted build belongs to its shell: the next build ignores it while the shell runs, and removes it afterwards', async () => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const shell = shellOf();
  const first = shell.start(`mount_omi --omi-name first; echo "at=$MOUNT_PATH"; sleep 1000; true`);
  const path = (await first.waitForLine(/^at=/)).replace('at=', '');
  const mounted = await cloud.resources();
  const between = await wholeBuild('while it lives', shell.stateDir);
  expect(await cloud.resources()).toEqual([...mounted, ...between].sort());
  expect(existsSync(join(path, 'etc/os-release'))).toBe(true);
  for (const pid of treeOf(first.child.pid ?? 0)) process.kill(pid, 'SIGKILL');
  await first.ended;
  const after = await wholeBuild('when it is gone', shell.stateDir);
  expect(await cloud.resources()).toEqual([...before, ...between, ...after].sort());
  expect(inventory(cloud.folder)).toEqual(machine);
  expect(readdirSync(join(shell.stateDir, '0'))).toEqual([]);
  const late = await shell.start('. ./chroot.sh; omi commit --build-id "$BUILD_ID"').ended;
  expect(late.code).toBe(1);
  expect(late.text).toContain('does not exist or is finished');
});

test('with --hold a mounted build has no owner and stays: the next build ignores it, and another shell commits it', async () => {
  await expectNoLeftovers(cloud, async () => {
    const shell = shellOf();
    successful(await shell.start('mount_omi --hold 1h').ended);
    const between = await wholeBuild('between shells', shell.stateDir);
    const { text } = successful(
      await shell.start(`
      . ./chroot.sh
      omi commit --build-id "$BUILD_ID" --omi-name 'from two shells' --outputs image.sh
      . ./image.sh
      echo "built=$OMI_ID $SNAPSHOT_ID"
    `).ended,
    );
    const built = /^built=(\S+) (\S+)$/m.exec(text)?.slice(1) ?? [];
    return [...between, ...built];
  });
});
