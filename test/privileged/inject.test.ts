import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { inject } from '../../src/host/image/inject.js';
import { restore } from '../../src/host/image/restore.js';
import { type TestSandbox, testDisk, testSandbox } from '../support/test-disk.js';

const path = '/etc/resolv.conf';
const dns = Buffer.from('nameserver 192.0.2.1\n');

/** A private /run, as in a build, and the injected file. */
async function lendTo(to: TestSandbox): ReturnType<typeof inject> {
  await exec(to.sandbox.inside(['mount', '-t', 'tmpfs', 'tmpfs', `${to.mountPath}/run`]));
  return await inject(to, { path, content: dns, mode: 0o644 });
}

/** Runs a command of the VM in the folder where the image is mounted. */
const vmRuns = async ({ sandbox, mountPath }: TestSandbox, command: string): Promise<unknown> =>
  await exec(sandbox.inside(['sh', '-ec', command.replaceAll(' /', ` ${mountPath}/`)]));

/**
 * Of each kind that ext4 has; the capability is cap_net_raw, as capabilities(7) and linux/capability.h encode
 * it.
 */
const attributes = (file: string): string =>
  [
    `setfattr -n user.note -v mine ${file}`,
    `setfattr -n trusted.note -v mine ${file}`,
    ...(file === 'etc'
      ? []
      : [`setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 ${file}`]),
  ].join('; ');

/** What an image has at the place before: a script of the VM that makes it. */
const locations: readonly (readonly [string, string])[] = [
  ['nothing', 'rm etc/resolv.conf'],
  ['a relative link into /run', 'true'],
  ['an absolute link into /run', 'ln -sf /run/systemd/resolve/stub-resolv.conf etc/resolv.conf'],
  ['a link into /run by way of /var/run', 'ln -sf ../run var/run; ln -sf ../var/run/x/y etc/resolv.conf'],
  ['a link to nowhere', 'ln -sf /no/such/file etc/resolv.conf'],
  ['a link that climbs out', 'ln -sf ../../../../../../etc/hostname etc/resolv.conf'],
  ['a link that is a circle', 'rm etc/resolv.conf; ln -s resolv.conf etc/resolv.conf'],
  ['a link to a file of the image', 'echo mine > etc/mine; ln -sf mine etc/resolv.conf'],
  [
    'a file with a mode, an owner, an attribute',
    'rm etc/resolv.conf; echo mine > etc/resolv.conf; chown 12:34 etc/resolv.conf; chmod 0640 etc/resolv.conf; chattr +d etc/resolv.conf; touch -d 2001-02-03T04:05:06.123456789 etc/resolv.conf etc',
  ],
  [
    'a file with extended attributes',
    `rm etc/resolv.conf; echo mine > etc/resolv.conf; ${attributes('etc/resolv.conf')}; ${attributes('etc')}`,
  ],
  ['a link with extended attributes', 'setfattr -h -n trusted.note -v mine etc/resolv.conf'],
  [
    'a file with another name',
    'rm etc/resolv.conf; echo mine > etc/resolv.conf; ln etc/resolv.conf usr/other; touch -d 2001-02-03 usr etc',
  ],
  ['a file that is immutable', 'rm etc/resolv.conf; echo mine > etc/resolv.conf; chattr +i etc/resolv.conf'],
  [
    'a file that is append-only',
    'rm etc/resolv.conf; echo mine > etc/resolv.conf; chattr +a etc/resolv.conf; touch -d 2001-02-03 etc',
  ],
  [
    'an immutable file in a folder that is immutable',
    'rm etc/resolv.conf; echo mine > etc/resolv.conf; chattr +i etc/resolv.conf etc',
  ],
  ['a file in a folder that is immutable', 'rm etc/resolv.conf; echo mine > etc/resolv.conf; chattr +i etc'],
  ['a FIFO', 'rm etc/resolv.conf; mkfifo etc/resolv.conf'],
  ['a device', 'rm etc/resolv.conf; mknod etc/resolv.conf b 7 0'],
  ['a folder', 'rm etc/resolv.conf; mkdir etc/resolv.conf; echo x > etc/resolv.conf/x'],
  ['no /etc', 'rm -r etc'],
  ['/etc a link to a folder', 'mv etc usr/etc; ln -s usr/etc etc'],
];

test.each(locations)(
  '%s: programs see the temporary file, and the image is restored afterwards',
  async (_what, prepare) => {
    using disk = await testDisk();
    await disk.change(prepare);
    const before = await disk.inspect();
    {
      await using sandbox = await testSandbox(disk);
      const injected = await lendTo(sandbox);
      const inside = await sandbox.enter();
      expect(await sandbox.run('cat /etc/resolv.conf')).toMatchObject({
        code: 0,
        lines: ['nameserver 192.0.2.1'],
      });
      await restore(inside, injected, () => {});
    }
    expect(await disk.inspect()).toEqual(before);
  },
);

test.each([
  ['type', 'rm etc/file; mkfifo -m 644 etc/file'],
  ['target', 'ln -sf elsewhere etc/link'],
  ['mode', 'chmod 640 etc/file'],
  ['owner', 'chown 1 etc/file'],
  ['group', 'chgrp 1 etc/file'],
  ['time', 'touch -d 2001-02-03T04:05:06.000000001 etc/file'],
  ['content', 'echo MINE > etc/file; touch -d 2001-02-03 etc/file'],
  ['attribute', 'chattr +d etc/file'],
  ['extended attribute', 'setfattr -n user.note -v other etc/file'],
  ['extended attribute of a folder', 'setfattr -n user.note -v other etc'],
  ['capability', 'setfattr -x security.capability etc/file'],
])('the comparison of images detects a changed %s', async (_what, change) => {
  using disk = await testDisk();
  const end = 'touch -d 2001-02-03 etc';
  await disk.change(
    `echo mine > etc/file; ${attributes('etc/file')}; touch -d 2001-02-03 etc/file; ln -s there etc/link; touch -hd 2001-02-03 etc/link; ${end}`,
  );
  const before = await disk.inspect();
  await disk.change(end);
  expect(await disk.inspect()).toEqual(before);
  await disk.change(`${change}; touch -hd 2001-02-03 etc/link; ${end}`);
  expect(await disk.inspect()).not.toEqual(before);
});

/** What a script does to the place, and what the image then has there. */
const scripts: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'puts a file in its place',
    'echo own > /etc/new; mv /etc/new /etc/resolv.conf',
    'cat etc/resolv.conf',
    /^own$/,
  ],
  ['writes to it', 'echo own >> /etc/resolv.conf', 'cat etc/resolv.conf', /192\.0\.2\.1\nown$/],
  ['removes it', 'rm /etc/resolv.conf', 'ls -A etc', /^(?!.*resolv)/s],
  ['makes it a link', 'ln -sf ../run/own /etc/resolv.conf', 'readlink etc/resolv.conf', /^\.\.\/run\/own$/],
  ['changes its owner', 'chown 12:34 /etc/resolv.conf', 'stat -c %u:%g etc/resolv.conf', /^12:34$/],
  ['changes its mode', 'chmod 600 /etc/resolv.conf', 'stat -c %a etc/resolv.conf', /^600$/],
];

test.each(scripts)('a script that %s: its version stays', async (_what, script, show, expected) => {
  using disk = await testDisk();
  await disk.change('rm etc/resolv.conf; echo mine > etc/resolv.conf; touch -d 2001-02-03 etc');
  {
    await using sandbox = await testSandbox(disk);
    const injected = await lendTo(sandbox);
    const inside = await sandbox.enter();
    expect(await sandbox.run(script)).toMatchObject({ code: 0 });
    await restore(inside, injected, () => {});
  }
  const out = `${disk.folder}/out`;
  await disk.change(`{ ${show}; ls -A etc; } > ${out}`);
  const observed = readFileSync(out, 'utf8');
  expect(observed.replace(/\n(group|os-release|passwd|resolv\.conf)/g, '').trim()).toMatch(expected);
  expect(observed).not.toMatch(/\.resolv\.conf\./);
});

test('a script that replaces a file that was immutable: its version stays', async () => {
  using disk = await testDisk();
  await disk.change('rm etc/resolv.conf; echo mine > etc/resolv.conf; chattr +i etc/resolv.conf');
  {
    await using sandbox = await testSandbox(disk);
    const injected = await lendTo(sandbox);
    await vmRuns(sandbox, 'chattr -i /etc/resolv.conf; rm /etc/resolv.conf; echo own > /etc/resolv.conf');
    const inside = await sandbox.enter();
    await restore(inside, injected, () => {});
  }
  await disk.change(
    'grep -qx own etc/resolv.conf; lsattr etc/resolv.conf | grep -qv i; test -z "$(ls -A etc | grep ^\\.resolv)"',
  );
});

test('a protection that a script adds to an original that was immutable: both stay', async () => {
  using disk = await testDisk();
  await disk.change('rm etc/resolv.conf; echo mine > etc/resolv.conf; chattr +i etc/resolv.conf');
  {
    await using sandbox = await testSandbox(disk);
    const injected = await lendTo(sandbox);
    await vmRuns(sandbox, 'chattr -R +a /etc');
    const inside = await sandbox.enter();
    await restore(inside, injected, () => {});
  }
  await disk.change('grep -qx mine etc/resolv.conf; lsattr etc/resolv.conf | grep -q "^----ia"');
});

const protectionWarning =
  /^Removed the injected file \/etc\/resolv\.conf, which a script had made immutable or append-only$/;

/**
 * A script that blocks removal of the injected file, the path's content then, and whether a warning reports
 * it.
 */
const protecting: readonly (readonly [string, string, string, RegExp | undefined])[] = [
  ['the file', 'chattr +i /etc/resolv.conf', '', protectionWarning],
  ['its folder', 'chattr +a /etc', '-----a--------e------- etc', undefined],
  ['the folder and all in it', 'chattr -R +i /etc', '----i---------e------- etc', protectionWarning],
];

test.each(protecting)(
  'a script that protects %s: the temporary file is removed, and the protection of the original stays',
  async (_what, script, flags, warning) => {
    using disk = await testDisk();
    const prepare =
      'rm etc/resolv.conf; echo mine > etc/resolv.conf; touch -d 2001-02-03 etc/resolv.conf etc';
    await disk.change(prepare);
    const before = await disk.inspect();
    const reported: string[] = [];
    {
      await using sandbox = await testSandbox(disk);
      const injected = await lendTo(sandbox);
      await vmRuns(sandbox, script);
      const inside = await sandbox.enter();
      await restore(inside, injected, (line) => reported.push(line));
    }
    expect(reported).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
    const out = `${disk.folder}/out`;
    await disk.change(`lsattr -d etc > ${out}; chattr -R -f -ia etc || true`);
    if (flags !== '') expect(readFileSync(out, 'utf8').trim()).toBe(flags);
    expect(await disk.inspect()).toEqual(before);
  },
);

test('the original of a changed file is removed, also if it is a directory', async () => {
  using disk = await testDisk();
  await disk.change('rm etc/resolv.conf; mkdir -p etc/resolv.conf/in; echo x > etc/resolv.conf/in/x');
  {
    await using sandbox = await testSandbox(disk);
    const injected = await lendTo(sandbox);
    const inside = await sandbox.enter();
    expect(await sandbox.run('echo own > /etc/resolv.conf')).toMatchObject({ code: 0 });
    await restore(inside, injected, () => {});
  }
  await disk.change('grep -qx own etc/resolv.conf; test -z "$(ls -A etc | grep ^\\.resolv)"');
});

test('a script that moves the directory and copies it: neither has the temporary file', async () => {
  using disk = await testDisk();
  await disk.change('rm etc/resolv.conf; echo mine > etc/resolv.conf; mkdir opt');
  {
    await using sandbox = await testSandbox(disk);
    const injected = await lendTo(sandbox);
    const inside = await sandbox.enter();
    expect(await sandbox.run('busybox mv /etc /opt/etc; busybox cp -a /opt/etc /etc')).toMatchObject({
      code: 0,
    });
    await restore(inside, injected, () => {});
  }
  const out = `${disk.folder}/out`;
  await disk.change(`cat etc/resolv.conf opt/etc/resolv.conf > ${out}; ls -A etc opt/etc >> ${out}`);
  const observed = readFileSync(out, 'utf8');
  expect(observed).toMatch(/^mine\nmine\n/);
  expect(observed).not.toMatch(/\.resolv/);
});

test('an unrecoverable error names the path inside the image', async () => {
  using disk = await testDisk();
  await disk.change('rm etc/resolv.conf');
  await using sandbox = await testSandbox(disk);
  const injected = await lendTo(sandbox);
  await exec(sandbox.sandbox.inside(['mount', '-o', 'remount,ro', sandbox.mountPath]));
  await expect(restore(await sandbox.enter(), injected, () => {})).rejects.toThrow(
    /^cannot remove the injected file \/etc\/resolv\.conf from the image: read-only file system$/,
  );
});

test('a resolver that a script installs where the link leads into /run stays', async () => {
  using disk = await testDisk();
  {
    await using sandbox = await testSandbox(disk);
    const injected = await lendTo(sandbox);
    const inside = await sandbox.enter();
    await sandbox.run('rm /etc/resolv.conf; echo own > /etc/resolv.conf');
    await restore(inside, injected, () => {});
  }
  await disk.change('grep -qx own etc/resolv.conf');
});
