import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { filesOf, users } from '../support/users.js';

const cloud = useCloud();

const provisioners = `
- {run: 'echo "$COMMON $OWN" > /root/one; cat /root/file >> /root/one || true', name: the first, env: {OWN: mine}}
- {file: {source: file, destination: /root/file}}
- {script: second.sh}
`;

test.each(users)('as %s: provisioners run in order, each with its own options', async (user) => {
  const job = step(cloud, {
    user,
    inputs: {
      'omi-name': `provisioners ${user}`,
      provisioners,
      env: 'COMMON=ours\nOWN=not seen',
      shell: 'sh -eu',
      'pre-mount-commands': 'pwd > directory; env > environment; readlink -f {{.Device}} > device',
      'post-mount-commands':
        'ls {{.MountPath}} > listed; ls /proc | grep -c "^[0-9]" > processes; grep " {{.MountPath}} " /proc/self/mountinfo',
    },
    environment: { RUNNER_SECRET: 'no', HTTPS_PROXY: '', no_proxy: '127.0.0.1' },
  });
  writeFileSync(join(job.workspace, 'file'), 'from the runner\n');
  writeFileSync(join(job.workspace, 'second.sh'), 'cat /root/file > /root/two\necho "$OWN" >> /root/two\n');
  const main = successful(await job.main());
  const phases = main.lines.flatMap(({ line }) => /^::debug::(.*): started$/.exec(line)?.[1] ?? []);
  expect(phases).toEqual(
    expect.arrayContaining([
      'Pre-mount commands',
      'Post-mount commands',
      'Script the first',
      'Copy file',
      'Script second.sh',
    ]),
  );
  await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
  expect(await snapshot.read('/root/one')).toBe('ours mine\n');
  expect(await snapshot.read('/root/two')).toBe('from the runner\nnot seen\n');
  const files = filesOf(job.workspace);
  expect(files.directory).toBe(`${job.workspace}\n`);
  expect(files.device).toMatch(/^\/dev\/loop\d+\n$/);
  expect(files.listed).toMatch(/^etc$/m);
  expect(Number(files.processes)).toBeLessThan(8);
  const variables = (files.environment ?? '')
    .split('\n')
    .map((line) => line.replace(/=.*/, ''))
    .filter(Boolean);
  expect(variables.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).sort()).toEqual(
    [
      'COMMON',
      'GITHUB_WORKSPACE',
      'HOME',
      'HTTPS_PROXY',
      'LANG',
      'OWN',
      'PATH',
      'RUNNER_TEMP',
      'no_proxy',
    ].sort(),
  );
});

test('max_retries repeats a failed script, valid_exit_codes accepts one, content writes a text', async () => {
  const job = step(cloud, {
    inputs: {
      'omi-name': 'retries',
      provisioners: `
- run: 'if [ -e /root/tried ]; then echo second > /root/try; else echo first > /root/tried; exit 4; fi'
  max_retries: 2
  name: flaky
- {run: exit 3, valid_exit_codes: [0, 3]}
- {run: '[ -e /root/waited ] || { touch /root/waited; sleep 100; }', timeout: 1s, max_retries: 1}
- file: {content: "a text\\n", destination: /root/new/text, mode: "0640"}
`,
    },
  });
  const main = successful(await job.main());
  expect(main.text).toMatch(/the script flaky exited with 4. Running flaky again \(retry 1 of 2\)/);
  await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
  expect(await snapshot.read('/root/try')).toBe('second\n');
  expect(await snapshot.read('/root/new/text')).toBe('a text\n');
  expect(await snapshot.describe('/root/new/text')).toMatch(/Mode: +0640/);
});

test('a script that fails each time fails the build after its retries', async () => {
  const job = step(cloud, {
    inputs: {
      'omi-name': 'no success',
      provisioners: "[{run: 'echo try; exit 9', max_retries: 2, valid_exit_codes: [0, 3], name: bad}]",
    },
  });
  const main = await job.main();
  expect(main.code).toBe(1);
  expect(main.text).toMatch(/::error.*the script bad exited with 9/);
  expect(main.text.match(/^try$/gm)).toHaveLength(3);
});

test('the build kills a script that exceeds its time limit with all its processes, and reports it', async () => {
  await expectNoLeftovers(cloud, async () => {
    const begin = performance.now();
    const job = step(cloud, {
      inputs: {
        'omi-name': 'late',
        provisioners: `[{run: 'sleep 1'}, {run: 'echo going; (trap "" TERM; sleep 1000) & sleep 1000', timeout: 2s, name: the slow}]`,
        'provision-timeout': '10m',
      },
    });
    const main = await job.main();
    expect(main.code).toBe(1);
    expect(main.text).toMatch(
      /::error.*the script the slow took longer than 2 s and was killed, with every process it started/,
    );
    expect(performance.now() - begin).toBeLessThan(15_000);
  });
});

test('the build warns with the names of leftover processes, which run until the last script has ended', async () => {
  const run = 'test -e /proc/$(cat /root/pid)/stat';
  const job = step(cloud, {
    inputs: {
      'omi-name': 'daemon',
      provisioners: `[{run: 'sleep 1000 & echo $! > /root/pid', name: starter}, {run: '${run}', name: looker}]`,
    },
  });
  const main = successful(await job.main());
  expect(main.text).toMatch(/::warning.*the script starter left processes running: \w+ \(\d+\)/);
  expect(main.text).not.toContain('looker left');
});

test('services do not start where the image has invoke-rc.d, and the image is restored', async () => {
  const script = '/usr/sbin/policy-rc.d nginx start && exit 3; test $? = 101 && echo refused\n';
  const prepare = 'mkdir -p /usr/sbin; touch /usr/sbin/invoke-rc.d';
  const first = step(cloud, { inputs: { 'omi-name': 'debian', run: `${prepare}; ls /usr/sbin` } });
  const made = successful(await first.main());
  expect(made.text).not.toContain('policy-rc.d');
  const inputs = { 'source-omi': first.outputs()['omi-id'] ?? '', run: script, shell: 'sh' };
  const job = step(cloud, { inputs: { ...inputs, 'omi-name': 'services' } });
  expect(successful(await job.main()).text).toContain('refused');
  await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
  expect(await snapshot.list('/usr/sbin')).toEqual(['invoke-rc.d']);
  const free = { ...inputs, 'omi-name': 'no policy', 'prevent-service-start': 'false', run: 'ls /usr/sbin' };
  expect(successful(await step(cloud, { inputs: free }).main()).text).not.toContain('policy-rc.d');
});

test('a pre-mount command can repartition the disk and use the new partitions', async () => {
  const job = step(cloud, {
    inputs: {
      'omi-name': 'divided',
      'pre-mount-commands': [
        `printf 'label: dos\\n2048,32M,83\\n,,83\\n' | sfdisk -q {{.Device}} && partx -u {{.Device}} && mke2fs -q -t ext4 {{.Device}}1`,
        `mke2fs -q -t ext4 {{.Device}}2 && mkdir new && mount {{.Device}}1 new && mkdir new/etc new/usr new/bin && cp /bin/busybox new/bin/sh && umount new && rmdir new`,
      ].join('\n'),
      'copy-files': '[]',
      run: 'echo made > /made\n',
    },
  });
  successful(await job.main());
  await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
  expect(await snapshot.read('/made')).toBe('made\n');
  expect(await snapshot.list('/')).not.toContain('root');
  expect(statSync(job.workspace).isDirectory()).toBe(true);
});

test.each([
  ['pre-mount-commands', 'pre_mount_commands'],
  ['post-mount-commands', 'post_mount_commands'],
])('%s that fails: one error with the command, its exit code and its output', async (input, name) => {
  await expectNoLeftovers(cloud, async () => {
    const before = await cloud.resources();
    const job = step(cloud, { inputs: { 'omi-name': 'failing', [input]: 'echo wrong >&2; exit 4' } });
    const main = await job.main();
    expect(main.code).toBe(1);
    expect(main.text).toMatch(new RegExp(`::error.*${name}: .*exit 4. exited with 4.*wrong`));
    // The list may still have included a volume that an earlier test deleted.
    expect(before).toEqual(expect.arrayContaining(await cloud.resources()));
  });
});

test.each(users)('as %s: command_wrapper starts the privileged process', async (user) => {
  const job = step(cloud, {
    user,
    inputs: {
      'omi-name': `wrapped by ${user}`,
      run: 'true\n',
      'command-wrapper': `touch "$GITHUB_WORKSPACE/wrapped" && ${user === 'root' ? '' : 'sudo -n '}{{.Command}}`,
    },
  });
  successful(await job.main());
  expect(readdirSync(job.workspace)).toEqual(['wrapped']);
  successful(await job.post());
});

test('the error names a command_wrapper that does not give root', async () => {
  const job = step(cloud, {
    user: 'a user with sudo',
    inputs: { 'omi-name': 'not root', 'command-wrapper': '{{.Command}}' },
  });
  const main = await job.main();
  expect(main.code).toBe(1);
  expect(main.text).toMatch(/::error.*command_wrapper: the command did not run build-omi as root/);
});

test('scripts with Windows line ends run, and a missing interpreter is reported before the first script', async () => {
  const job = step(cloud, {
    inputs: {
      'omi-name': 'never made',
      files: 'later:/root/later',
      scripts: 'windows.sh\npython.py',
      'pre-mount-commands': 'echo from a command > later',
    },
  });
  writeFileSync(join(job.workspace, 'windows.sh'), '#!/bin/sh -e\r\necho [$(cat /root/later)]\r\n');
  writeFileSync(join(job.workspace, 'python.py'), '#!/usr/bin/env python3\nprint()\n');
  const { code, text } = await job.main();
  expect(code).toBe(1);
  expect(text).toMatch(/^::notice::Converted Windows line ends to Unix line ends in windows\.sh$/m);
  expect(text).toMatch(/^::warning::files: later does not exist\. The build fails unless/m);
  const [notice, output] = [text.indexOf('::notice::python.py: '), text.indexOf('[from a command]')];
  expect(notice).toBeGreaterThan(0);
  expect(output).toBeGreaterThan(notice);
  expect(text).toMatch(
    /::error title=Script python\.py::the script python\.py cannot start: the image does not have /,
  );
});

test.each([
  [
    'echo one\nno-such-program\n',
    /Script tools\.sh,file=tools\.sh,line=2::the script tools\.sh exited with 127%0A {2}one%0A {2}tools\.sh: .*no-such-program.*%0ALine 2 of tools\.sh: the image has no program no-such-program in PATH/,
  ],
  [
    'busybox dd if=/dev/zero of=/root/big bs=1M\n',
    /the script tools\.sh exited with 1%0A.*No space left on device.*%0AFilesystem \/ of the image: 100 %25 of \d+ MiB are used\. Set root_volume_size/,
  ],
])('the error for %j names the script and says what helps', async (text, message) => {
  const job = step(cloud, { inputs: { 'omi-name': 'never made', scripts: 'tools.sh' } });
  writeFileSync(join(job.workspace, 'tools.sh'), text);
  const main = await job.main();
  expect(main.code).toBe(1);
  expect(main.text).toMatch(message);
  expect(main.text).not.toContain('/run/build-omi-script');
});

test('files that do not fit into the image: the error says how full it is', async () => {
  const job = step(cloud, {
    inputs: { 'omi-name': 'never made', 'grow-root': 'false', files: 'big:/root/big' },
  });
  writeFileSync(join(job.workspace, 'big'), Buffer.alloc(60 * 2 ** 20));
  const main = await job.main();
  expect(main.code).toBe(1);
  expect(main.text).toMatch(
    /::error title=Copy files::no space left in the image: files: cannot copy .*big.*ENOSPC.*%0AFilesystem \/ of the image: \d+ %25 of \d+ MiB are used/,
  );
});

/** A program in the format of elf(5) that exits with 42: one segment, which has its headers and its code. */
function programThatExits(): Buffer {
  const isArm = process.arch === 'arm64';
  // exit(42) is system call 60 on x86-64 and 93 on arm64.
  const code = Buffer.from(isArm ? '400580d2a80b80d2010000d4' : 'bf2a000000b83c0000000f05', 'hex');
  const program = Buffer.alloc(120);
  program.write('7f454c46020101', 0, 'hex');
  program.writeUInt16LE(2, 16); // e_type: executable
  program.writeUInt16LE(isArm ? 183 : 62, 18); // e_machine
  program.writeUInt32LE(1, 20); // e_version
  program.writeBigUInt64LE(0x400078n, 24); // e_entry
  program.writeBigUInt64LE(64n, 32); // e_phoff
  program.writeUInt16LE(64, 52); // e_ehsize
  program.writeUInt16LE(56, 54); // e_phentsize
  program.writeUInt16LE(1, 56); // e_phnum
  program.writeUInt32LE(1, 64); // p_type: load
  program.writeUInt32LE(5, 68); // p_flags: read and execute
  program.writeBigUInt64LE(0x400000n, 80); // p_vaddr
  program.writeBigUInt64LE(0x400000n, 88); // p_paddr
  program.writeBigUInt64LE(BigInt(120 + code.length), 96); // p_filesz
  program.writeBigUInt64LE(BigInt(120 + code.length), 104); // p_memsz
  program.writeBigUInt64LE(0x1000n, 112); // p_align
  return Buffer.concat([program, code]);
}

test('a binary script of a Packer template that is a program is executed', async () => {
  const builder = { type: 'outscale-chroot', omi_name: 'of a program' };
  const shell = { type: 'shell', script: 'program', binary: true, valid_exit_codes: [42] };
  const config = JSON.stringify({ builders: [builder], provisioners: [shell] });
  const job = step(cloud, { inputs: { 'omi-name': '', config } });
  writeFileSync(join(job.workspace, 'program'), programThatExits(), { mode: 0o644 });
  successful(await job.main());
});
