import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { partitionGrowers } from '../../src/host/disk/growth.js';
import { everyBuild } from '../../src/host/exec/programs.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { withMounts, withNothingBut, without } from '../support/failing-programs.js';
import { inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

const larger = { 'root-volume-size': '2', run: 'true\n' };
const jobWithout = (programs: readonly string[], inputs: Readonly<Record<string, string>>): Step =>
  step(cloud, {
    inputs: { 'omi-name': 'never made', ...inputs },
    wrap: (argv) => without(programs, argv),
  });

test('the error lists all missing programs with their packages, before the build creates a resource', async () => {
  cloud.requests();
  const { code, text } = await jobWithout(['umount', 'blkid', 'sfdisk'], larger).main();
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error.*missing programs on this VM: blkid \(package util-linux\), umount \(package mount\), sfdisk \(package fdisk\)%0A.*apt-get install util-linux mount fdisk/,
  );
  expect(cloud.requests().filter(({ operation }) => !operation.startsWith('Read'))).toEqual([]);
});

test('the build requires programs for a larger volume only if it enlarges one', async () => {
  const programs = Object.keys({ ...partitionGrowers, resize2fs: 'e2fsprogs' });
  successful(await jobWithout(programs, { 'omi-name': 'as large' }).main());
  const left = { 'omi-name': 'left as it was', 'root-volume-size': '2', 'grow-root': 'false' };
  successful(await jobWithout(programs, left).main());
});

test('a missing program to grow the filesystem gives the same error, and no resources remain', async () => {
  const [machine, before] = [inventory(cloud.folder), await cloud.resources()];
  const { code, text } = await jobWithout(['resize2fs', 'e2fsck'], larger).main();
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error title=Mount::root_volume_size: missing programs on this VM: e2fsck \(package e2fsprogs\), resize2fs \(package e2fsprogs\)%0A.*apt-get install e2fsprogs$/m,
  );
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('a build needs only the programs that the check requires', async () => {
  const programs = [...Object.keys({ ...everyBuild, ...partitionGrowers }), 'e2fsck', 'resize2fs'];
  const { text } = successful(
    await step(cloud, {
      inputs: {
        ...larger,
        'omi-name': 'made with little',
        'pre-mount-commands': '[": {{.Device}}"]',
        'post-mount-commands': '[": {{.MountPath}}"]',
      },
      wrap: (argv) => withNothingBut(programs, mkdtempSync(join(cloud.folder, 'bin-')), argv),
    }).main(),
  );
  expect(text).toContain('Grew loop');
  expect(text).toContain('to the end of the volume');
  // A rule that needs a missing program would be a notice of its own.
  expect(text).not.toMatch(/^::(notice|warning)(?!::Lint: .* \(also in the source\)$)/m);
});

/** Runs a build that must fail before anything is made, with this error. */
async function refused(wrap: (argv: readonly string[]) => string[], message: RegExp): Promise<void> {
  cloud.requests();
  const { code, text } = await step(cloud, { inputs: { 'omi-name': 'never made' }, wrap }).main();
  expect(code).toBe(1);
  expect(text).toMatch(message);
  expect(cloud.requests().filter(({ operation }) => !operation.startsWith('Read'))).toEqual([]);
}

test.each(['SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE', 'KILL', 'DAC_OVERRIDE'])(
  'without CAP_%s the error names it, before the build creates a resource',
  async (name) =>
    await refused(
      (argv) => ['setpriv', `--bounding-set=-${name.toLowerCase()}`, '--', ...argv],
      new RegExp(`::error title=Check::missing capabilities: CAP_${name} .*--privileged`),
    ),
);

/** Perl, for a shell drops the variables of inputs, whose names have hyphens. */
const perl = (script: string, argv: readonly string[]): string[] => [
  'perl',
  '-e',
  `${script}; exec @ARGV or die $!`,
  ...argv,
];

test('the build fails where namespaces are forbidden, before it creates a resource', async () => {
  const forbid = `open(my $limit, '>', '/proc/sys/user/max_mnt_namespaces') or die $!; print $limit 0; close($limit)`;
  await refused(
    // A user namespace of its own has all capabilities and this limit.
    (argv) => ['unshare', '--user', '--map-root-user', '--', ...perl(forbid, argv)],
    /::error title=Check::namespaces: cannot create them .*--privileged/,
  );
});

test('the build fails if mount_path is on a read-only filesystem, before it creates a resource', async () => {
  const cover = 'system(qw(mount -t tmpfs -o ro none /mnt)) == 0 or die';
  await refused(
    (argv) => ['unshare', '--mount', '--', ...perl(cover, argv)],
    /::error title=Check::mount_path: cannot create \/mnt\/\S+ in \/mnt \(EROFS.*writable/,
  );
});

test('the build fails if the limit of open files is too low, before it creates a resource', async () => {
  await refused(
    (argv) => ['prlimit', '--nofile=64:64', '--', ...argv],
    /::error title=Check::open files: the limit is 64; build-omi needs 128%0A.*ulimit -n 1024/,
  );
});

test('a deleted working directory gives a clear error', async () => {
  const gone = join(cloud.folder, 'gone');
  cloud.requests();
  const { code, text } = await step(cloud, {
    inputs: { 'omi-name': 'never made' },
    environment: { GITHUB_WORKSPACE: '' },
    wrap: (argv) => perl(`mkdir '${gone}' and chdir '${gone}' and rmdir '${gone}' or die $!`, argv),
  }).main();
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error.*working directory: it does not exist any more%0AChange to an existing directory/,
  );
  expect(cloud.requests().filter(({ operation }) => !operation.startsWith('Read'))).toEqual([]);
});

test('the error lists all files that cannot be injected, before the build creates a resource', async () => {
  cloud.requests();
  const inputs = {
    'omi-name': 'never made',
    'copy-files': '["/etc/hosts", "/etc/no-such-file", "/etc", "/dev/null"]',
  };
  const { code, text } = await step(cloud, { inputs }).main();
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error title=Check::copy_files: \/etc\/no-such-file does not exist on this VM; \/etc is a directory; \/dev\/null is not a regular file%0A/,
  );
  expect(cloud.requests().filter(({ operation }) => !operation.startsWith('Read'))).toEqual([]);
});

test.each([{ scripts: 'missing.sh' }, { provisioners: '[{run: "true"}, {script: missing.sh}]' }])(
  'a missing script gives an error before any API call: %j',
  async (inputs) => {
    cloud.requests();
    const { code, text } = await step(cloud, { inputs: { 'omi-name': 'never made', ...inputs } }).main();
    expect(code).toBe(2);
    expect(text).toMatch(/::error.*(scripts|item 2, script): missing\.sh cannot be read/);
    expect(cloud.requests()).toEqual([]);
  },
);

test('a VM without the default file to inject gives a notice; without an explicitly listed file, an error', async () => {
  const jobOn = (inputs: Readonly<Record<string, string>>): Step =>
    step(cloud, { inputs, wrap: (argv) => withMounts([['/dev/null', '/etc/resolv.conf']], argv) });
  const job = jobOn({ 'omi-name': 'without name servers', run: 'test ! -e /etc/resolv.conf\n' });
  const { text } = successful(await job.main());
  expect(text).toMatch(/^::notice::\/etc\/resolv\.conf is .*no name servers/m);
  const asked = await jobOn({ 'omi-name': 'never made', 'copy-files': '/etc/resolv.conf' }).main();
  expect(asked.code).toBe(1);
  expect(asked.text).toMatch(/::error title=Check::copy_files: \/etc\/resolv\.conf is not a regular file/);
});

test('the error lists all scripts and files that cannot be used, before any API call', async () => {
  cloud.requests();
  const inputs = { 'omi-name': 'never made', files: 'absent:/etc/absent', scripts: 'marked.sh' };
  const job = step(cloud, { inputs });
  writeFileSync(join(job.workspace, 'marked.sh'), '\ufefftrue\n');
  const { code, text } = await job.main();
  expect(code).toBe(2);
  expect(text).toMatch(
    /::error.*2 problems:%0A {2}files: absent does not exist; .*%0A {2}scripts: marked\.sh starts with a UTF-8 byte order mark/,
  );
  expect(cloud.requests()).toEqual([]);
});
