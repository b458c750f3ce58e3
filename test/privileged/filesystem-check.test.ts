/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { comeUpon, damagedDisk, recordErrors } from '../support/damaged-disk.js';
import { withMounts, without } from '../support/failing-programs.js';
import { inventory } from '../support/inventory.js';
import { runnable } from '../support/kernel-features.js';
import { jobNamespace, mounted } from '../support/mount-commit.js';
import { type Ran, successful } from '../support/process.js';

const cloud = useCloud();

let made = 0;
async function publish(prepare: (file: string) => Promise<void>): Promise<string> {
  made += 1;
  const file = join(cloud.folder, `disk-${made}`);
  await prepare(file);
  return await publishDisk(cloud.api, file, `disk ${made}`);
}

const filesystems = runnable([['ext4'], ['xfs'], ['btrfs']] as const).flat();
const checkers = { ext4: 'e2fsck -fn', xfs: 'xfs_repair -n', btrfs: 'btrfs check --readonly' } as const;

/**
 * Where errors remount read-only, the filesystem cannot be written to at the end: that fails a build, too.
 */
const refused = (filesystem: keyof typeof checkers): RegExp =>
  new RegExp(
    `::error.*(the ${filesystem} filesystem of \\S+ is damaged%0A.*${checkers[filesystem]}|is read-only and cannot be made writable|read-only file system)`,
  );

describe.each(filesystems)('%s', (filesystem) => {
  let source: string;
  beforeAll(async () => {
    source = await publish((file) => damagedDisk(file, filesystem));
  });

  const job = (run: string, wrap?: (argv: readonly string[]) => readonly string[]): Step =>
    step(cloud, {
      inputs: { 'source-omi': source, 'omi-name': `damaged ${filesystem} {{.BuildId}}`, run },
      ...(wrap ? { wrap } : {}),
    });

  /** Runs it, and requires that it publishes nothing. */
  async function onFailure(work: () => Promise<Ran>): Promise<string> {
    const machine = inventory(cloud.folder);
    const before = await cloud.resources();
    const ran = await work();
    expect(ran.code).toBe(1);
    expect(await cloud.resources()).toEqual(before);
    expect(inventory(cloud.folder)).toEqual(machine);
    return ran.text;
  }

  test('the build does not publish a filesystem that a script finds damaged', async () => {
    const text = await onFailure(() => job(comeUpon(filesystem)).main());
    expect(text).toMatch(refused(filesystem));
  });

  test('commit does not publish a damaged filesystem', async () => {
    const text = await onFailure(async () => {
      await using own = await jobNamespace();
      await using halves = await mounted(cloud, `damaged ${filesystem} {{.BuildId}}`, {
        job: own.pid,
        inputs: { 'source-omi': source },
      });
      await halves.inside(comeUpon(filesystem));
      return await halves.commit().main();
    });
    expect(text).toMatch(refused(filesystem));
  });

  test('the build does not publish a damaged filesystem without an installed checker', async () => {
    const [program = ''] = checkers[filesystem].split(' ');
    const text = await onFailure(() => job(comeUpon(filesystem), (argv) => without([program], argv)).main());
    // The kernel suppresses messages if the tests before have caused many.
    const unchecked = '(has errors and cannot be checked|cannot be checked, and the kernel may)';
    expect(text).toMatch(
      new RegExp(
        `::error.*(${unchecked}.*%0AInstall ${program} |cannot be made writable|read-only file system)`,
      ),
    );
  });

  test('the build publishes a sound filesystem without a message', async () => {
    const sound = await publish((file) => damagedDisk(file, filesystem, false));
    const inputs = { 'source-omi': sound, 'omi-name': 'sound {{.BuildId}}', run: comeUpon(filesystem) };
    const { text } = successful(await step(cloud, { inputs }).main());
    expect(text).not.toMatch(/has errors|damaged%0A|was not checked/);
  });
});

test.each(filesystems.filter((filesystem) => filesystem !== 'ext4'))(
  'the build always checks %s if it cannot read the kernel log',
  async (filesystem) => {
    const source = await publish((file) => damagedDisk(file, filesystem));
    const job = step(cloud, {
      inputs: { 'source-omi': source, 'omi-name': 'no log {{.BuildId}}', run: comeUpon(filesystem) },
      wrap: (argv) => withMounts([['/dev/null', '/dev/kmsg']], argv),
    });
    const { code, text } = await job.main();
    expect(code).toBe(1);
    expect(text).toMatch(refused(filesystem));
  },
);

test.each(filesystems.filter((filesystem) => filesystem === 'btrfs'))(
  'the build does not publish a damaged %s without a checker if the kernel suppresses messages about it',
  async (filesystem) => {
    const other = join(cloud.folder, 'another-damaged-disk');
    await damagedDisk(other, filesystem);
    const source = await publish((file) => damagedDisk(file, filesystem));
    // The limit of the kernel is that of all disks together.
    const burst = `at=$(mktemp -d); for i in 1 2 3; do
      mount -o loop ${other} $at; cat $at/damaged.txt > /dev/null; umount $at; done; rmdir $at`;
    const inputs = {
      'source-omi': source,
      'omi-name': 'suppressed {{.BuildId}}',
      run: comeUpon(filesystem),
      'post-mount-commands': JSON.stringify([burst]),
    };
    const before = await cloud.resources();
    const job = step(cloud, { inputs, wrap: (argv) => without(['btrfs'], argv) });
    const { code, text } = await job.main();
    expect({ code, text }).toMatchObject({ code: 1 });
    expect(text).toMatch(
      /::error.*cannot be checked, and the kernel may have suppressed errors of it%0AInstall btrfs \(/,
    );
    expect(await cloud.resources()).toEqual(before);
  },
);

test('errors already recorded in the source give a warning, and the build continues', async () => {
  const source = await publish(async (file) => {
    await damagedDisk(file, 'ext4', false);
    await recordErrors(file);
  });
  // Growing would repair it.
  const inputs = {
    'source-omi': source,
    'omi-name': 'errors before {{.BuildId}}',
    run: 'true\n',
    'grow-root': 'false',
  };
  const { text } = successful(await step(cloud, { inputs }).main());
  expect(text).toMatch(/::warning.*The source has errors in the ext4 filesystem of \S+: .* 3 recorded/);
  expect(text).toMatch(/::warning.*still has the errors of the source/);
});
