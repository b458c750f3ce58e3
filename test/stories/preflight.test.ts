import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { partitionGrowers } from '../../src/host/growth.js';
import { everyBuild } from '../../src/host/programs.js';
import { type Step, step } from '../support/action.js';
import { withMounts, withNothingBut, without } from '../support/broken.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { inventory } from '../support/machine.js';
import { successful } from '../support/process.js';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});

const larger = { 'root-volume-size': '2', run: 'true\n' };
const jobWithout = (programs: readonly string[], inputs: Readonly<Record<string, string>>): Step =>
  step(cloud, {
    inputs: { 'omi-name': 'never made', ...inputs },
    wrap: (argv) => without(programs, argv),
  });

test('programs that are missing are named together, with their packages, before anything is made', async () => {
  cloud.requests();
  const { code, text } = await jobWithout(['umount', 'blkid', 'sfdisk'], larger).main();
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error.*missing on this VM: blkid \(package util-linux\), umount \(package mount\), sfdisk \(package fdisk\)%0A.*apt-get install util-linux mount fdisk/,
  );
  expect(cloud.requests().filter(({ operation }) => !operation.startsWith('Read'))).toEqual([]);
});

test('what only a larger volume needs is not asked for otherwise', async () => {
  const programs = Object.keys({ ...partitionGrowers, resize2fs: 'e2fsprogs' });
  successful(await jobWithout(programs, { 'omi-name': 'as large' }).main());
  const left = { 'omi-name': 'left as it was', 'root-volume-size': '2', 'grow-root': 'false' };
  successful(await jobWithout(programs, left).main());
});

test('what the filesystem needs in order to grow is told in the same words, and nothing is left', async () => {
  const [machine, before] = [inventory(cloud.folder), await cloud.resources()];
  const { code, text } = await jobWithout(['resize2fs', 'e2fsck'], larger).main();
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error title=Mount::programs are missing on this VM: e2fsck \(package e2fsprogs\), resize2fs \(package e2fsprogs\)%0A.*apt-get install e2fsprogs$/m,
  );
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('a build needs no program but those that are asked for', async () => {
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
  expect(text).toContain('was grown to the end of the volume');
  expect(text).not.toMatch(/^::(notice|warning)/m);
});

test('files that cannot be lent are named together, before anything is made', async () => {
  cloud.requests();
  const inputs = {
    'omi-name': 'never made',
    'copy-files': '["/etc/hosts", "/etc/no-such-file", "/etc", "/dev/null"]',
  };
  const { code, text } = await step(cloud, { inputs }).main();
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error title=Check::copy_files: \/etc\/no-such-file is not on this VM; \/etc is a folder; \/dev\/null is no regular file%0A/,
  );
  expect(cloud.requests().filter(({ operation }) => !operation.startsWith('Read'))).toEqual([]);
});

test.each([{ scripts: 'missing.sh' }, { provisioners: '[{run: "true"}, {script: missing.sh}]' }])(
  'a script that is not there is an error before any call: %j',
  async (inputs) => {
    cloud.requests();
    const { code, text } = await step(cloud, { inputs: { 'omi-name': 'never made', ...inputs } }).main();
    expect(code).toBe(1);
    expect(text).toMatch(/::error.*scripts: missing\.sh cannot be read/);
    expect(cloud.requests()).toEqual([]);
  },
);

test('a VM without the file that is lent by itself builds, and says so; asked for, it is an error', async () => {
  const jobOn = (inputs: Readonly<Record<string, string>>): Step =>
    step(cloud, { inputs, wrap: (argv) => withMounts([['/dev/null', '/etc/resolv.conf']], argv) });
  const job = jobOn({ 'omi-name': 'without name servers', run: 'test ! -e /etc/resolv.conf\n' });
  const { text } = successful(await job.main());
  expect(text).toMatch(/^::notice::\/etc\/resolv\.conf is .*no name servers/m);
  const asked = await jobOn({ 'omi-name': 'never made', 'copy-files': '/etc/resolv.conf' }).main();
  expect(asked.code).toBe(1);
  expect(asked.text).toMatch(/::error title=Check::copy_files: \/etc\/resolv\.conf is no regular file/);
});
