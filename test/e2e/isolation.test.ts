/**
 * @alone It adds a network address and control groups to the machine.
 * @once It tests what scripts reach.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { exec } from '../../src/host/exec/exec.js';
import { step } from '../support/action.js';
import { dist, useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { launch, successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { users } from '../support/users.js';

const cloud = useCloud();

/** A script, and the output that it must have. $SECRET_FILE is a file of the VM. */
const attempts: readonly (readonly [string, string])[] = [
  [
    '/proc/1/root',
    'if cat /proc/1/root$SECRET_FILE; then exit 9; fi; test -z "$(ls -A /proc/1/root/)"; if touch /proc/1/root/x; then exit 9; fi',
  ],
  ['/proc/1/cwd', 'if cat /proc/1/cwd$SECRET_FILE; then exit 9; fi; test -z "$(ls -A /proc/1/cwd/)"'],
  [
    'a chroot into the root of PID 1',
    'if busybox chroot /proc/1/root $(which busybox) cat $SECRET_FILE; then exit 9; fi; cd /proc/1/root; if cat ../../../..$SECRET_FILE; then exit 9; fi',
  ],
  ['files of PID 1', 'for file in /proc/1/fd/*; do if test -d $file; then exit 9; fi; done'],
  [
    '/proc/1/environ',
    'test -z "$(tr "\\0" x < /proc/1/environ)"; if grep -l RUNNER_SECRET /proc/[0-9]*/environ; then exit 9; fi',
  ],
  [
    'a second chroot with ..',
    'mkdir -p /root/jail; busybox chroot /root/jail /x || true; cd /root; if busybox chroot . /bin/busybox cat ../../../../../..$SECRET_FILE; then exit 9; fi',
  ],
  ['hostname', 'hostname changed; test "$(hostname)" = changed'],
  ['rm /dev/null', 'rm /dev/null /dev/zero; test ! -e /dev/null'],
  ['kill -9 -1', 'kill -9 -1 || true; ls -d /proc/[0-9]* | grep -c . > /root/left'],
];

test.each(users.flatMap((user) => attempts.map(([what, run]) => [user, what, run] as const)))(
  'as %s, a script that tries %s does not change the VM',
  async (user, what, run) => {
    const secret = join(cloud.folder, `secret-${Math.random()}`);
    writeFileSync(secret, 'of the VM\n');
    const state = (): unknown => ({
      hostname: readFileSync('/proc/sys/kernel/hostname', 'utf8'),
      devices: readdirSync('/dev').filter((name) => !/^(loop|xvd|sd|dm)/.test(name)),
      secret: readFileSync(secret, 'utf8'),
      machine: inventory(cloud.folder),
    });
    const before = state();
    const job = step(cloud, {
      user,
      inputs: { 'omi-name': `${what.replaceAll('.', '')} ${user}`, run, env: `SECRET_FILE=${secret}` },
      environment: { RUNNER_SECRET: 'of the runner' },
    });
    const main = successful(await job.main());
    expect(main.text).not.toContain('of the VM');
    expect(state()).toEqual(before);
  },
);

test('the log has all that a script writes to /dev/stdout and /dev/stderr, even with leftover processes', async () => {
  const run = [
    'sleep 1000 &',
    'echo by name > /dev/stderr; echo by the other > /dev/stdout',
    'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i + 1)); done; printf "no end"',
  ].join('\n');
  const main = successful(await step(cloud, { inputs: { 'omi-name': 'outputs', run } }).main());
  const lines = main.text.split('\n');
  expect(lines.filter((line) => /^by (name|the other)$/.test(line))).toEqual(['by name', 'by the other']);
  expect(lines.filter((line) => line.startsWith('line '))).toHaveLength(20_000);
  expect(lines).toContain('no end');
});

test('env does not affect the VM; umask and niceness of the caller do not affect the image, its limits do', async () => {
  const evil = join(cloud.folder, 'evil');
  mkdirSync(evil);
  for (const program of ['nsenter', 'perl', 'sh', 'env', 'mount', 'bash'])
    writeFileSync(join(evil, program), `#!/bin/sh\ntouch ${evil}/$0 ${evil}/ran\n`, { mode: 0o755 });
  const job = step(cloud, {
    inputs: {
      'omi-name': 'as everywhere',
      env: `PATH=${evil}:/opt/app/bin:/bin:/usr/bin\nLD_PRELOAD=/no/such.so\nEMPTY=\nLINES=a b=c`,
      run: [
        'echo "$PATH $LD_PRELOAD ($LINES) ($EMPTY)" > /etc/motd; mkdir /opt /opt/app; umask > /root/umask',
        'touch /opt/file; ls -ld /dev/disk /dev/pts > /root/modes; set -- $(cat /proc/self/stat); shift 18; echo $1 > /root/nice',
        'grep "Max core file size" /proc/self/limits > /root/limits',
        'cat > /root/stdin; touch /proc/self/fd/0',
      ].join('\n'),
    },
    wrap: (argv) => [
      'prlimit',
      '--core=4567:4567',
      'nice',
      '-n',
      '5',
      'perl',
      '-e',
      'umask(077); exec @ARGV',
      ...argv,
    ],
  });
  const { mtimeMs } = statSync('/dev/null');
  const main = successful(await job.main());
  expect(main.text).not.toMatch(/ld\.so|preload/);
  expect(readdirSync(evil)).not.toContain('ran');
  expect(statSync('/dev/null').mtimeMs).toBe(mtimeMs);
  await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
  expect(await snapshot.read('/etc/motd')).toBe(
    `${evil}:/opt/app/bin:/bin:/usr/bin /no/such.so (a b=c) ()\n`,
  );
  expect(await snapshot.read('/root/umask')).toBe('0022\n');
  expect(await snapshot.read('/root/modes')).toMatch(/^drwxr-xr-x .*\ndrwxr-xr-x /);
  expect(await snapshot.read('/root/nice')).toBe('0\n');
  expect(await snapshot.read('/root/limits')).toMatch(/size +4567 +4567 /);
  expect(await snapshot.read('/root/stdin')).toBe('');
  expect(await snapshot.describe('/opt/app')).toMatch(/Mode: +0755/);
  expect(await snapshot.describe('/opt/file')).toMatch(/Mode: +0644/);
});

test('the build terminates leftover processes of VM commands before the scripts, and kernel settings are read-only', async () => {
  const key = join(cloud.folder, 'key');
  writeFileSync(key, 'of the VM\n', { mode: 0o600 });
  const settings = {
    '/proc/sys/kernel/printk_ratelimit': readFileSync('/proc/sys/kernel/printk_ratelimit', 'utf8').trim(),
    '/proc/sysrq-trigger': 'h',
    '/proc/sys/fs/binfmt_misc/status': '1',
  };
  const tries = Object.entries(settings).map(
    ([file, value]) => `if echo ${value} > ${file}; then exit 9; fi`,
  );
  const job = step(cloud, {
    inputs: {
      'omi-name': 'nothing left',
      'copy-files': key,
      'post-mount-commands': 'sleep 1000 & (cd / && sleep 1001) &',
      run: [...tries, 'ls -d /proc/[0-9]* > /root/left', `ls -l ${key} > /root/key`].join('\n'),
    },
    environment: { HTTP_PROXY: 'http://user:password@192.0.2.1', NO_PROXY: '127.0.0.1' },
  });
  const main = successful(await job.main());
  expect(main.text).toMatch(
    /::warning.*Terminated processes started by .*post_mount_commands: sleep \(\d+\), /,
  );
  await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
  expect((await snapshot.read('/root/left')).split('\n').length).toBeLessThan(5);
  expect(await snapshot.read('/root/key')).toMatch(/^-rw------- /);
});

test.each([
  ['scripts', 2, { scripts: 'FIFO' }, /scripts: .*fifo cannot be read \(it is not a regular file\)/],
  ['config', 2, { config: 'FIFO' }, /config.* is not a readable file/],
  [
    'x509',
    2,
    { 'x509-cert-path': 'FIFO', 'x509-key-path': 'FIFO' },
    /x509-cert-path: .*fifo.* is not a readable file/,
  ],
] as const)(
  'the build refuses a FIFO in %s without waiting for a writer',
  async (what, code, inputs, said) => {
    const fifo = join(cloud.folder, `${what}.fifo`);
    await exec(['mkfifo', fifo]);
    const named = Object.fromEntries(Object.entries(inputs).map(([name]) => [name, fifo]));
    const main = await step(cloud, { inputs: { 'omi-name': 'fifo', ...named } }).main();
    expect(main.code).toBe(code);
    expect(main.text).toMatch(said);
  },
);

test('relaunchAsRoot passes flags through a pipe, not on the command line', async () => {
  const observed = join(cloud.folder, 'command');
  const { accessKey, secretKey } = defaultAccount;
  const flags = Object.entries({
    'omi-name': 'by flags',
    'source-omi': cloud.source,
    'custom-endpoint-oapi': cloud.endpoint,
    'metadata-endpoint': cloud.metadata,
    'state-dir': join(cloud.folder, 'state'),
    'access-key': accessKey,
    'secret-key': secretKey,
    files: `${observed}:/run/command`,
    'command-wrapper': `echo {{.Command}} > ${observed} && {{.Command}}`,
  }).flatMap(([name, value]) => [`--${name}`, value]);
  const { text } = successful(
    await launch(
      [process.execPath, join(dist, 'cli.js'), 'build', ...flags],
      { PATH: process.env.PATH, HOME: '/root', TMPDIR: cloud.folder },
      cloud.folder,
    ).ended,
  );
  expect(text).toMatch(
    /files: \/run\/command is not on the disk of the image, so it is lost when the build ends/,
  );
  const command = readFileSync(observed, 'utf8');
  expect(command).toContain('cli.js');
  expect(command).not.toMatch(new RegExp(`${secretKey}|--secret-key|by flags`));
});

test('the build names what a script adds to the network of the VM, and removes its cgroups', async () => {
  const table = '177';
  const take = async (): Promise<unknown> =>
    await exec(['ip', 'rule', 'delete', 'table', table], { answers: [2] });
  const cgroups = async (): Promise<string> =>
    (await exec(['unshare', '--mount', 'sh', '-c', 'mount -t cgroup2 x /tmp; find /tmp -name "*omi*"']))
      .stdout;
  const inputs = {
    'omi-name': 'adds',
    run: [
      `busybox ip address add 192.0.2.77/32 dev lo; busybox ip rule add from 192.0.2.78 table ${table}`,
      'mkdir -p /mnt; mount -t cgroup2 x /mnt; mkdir -p /mnt/omi-left/omi-below; ls /mnt > /root/cgroups',
    ].join('\n'),
  };
  const job = step(cloud, { inputs });
  try {
    const { text } = successful(await job.main());
    expect(text).toMatch(/::warning.*network of this VM changed.*address 192\.0\.2\.77\/32 of lo/);
    expect(text).toMatch(
      new RegExp(`::warning.*network of this VM changed.*from 192\\.0\\.2\\.78 table ${table}`),
    );
    expect(text).toMatch(/::warning.*Removed cgroups that scripts left.*\/omi-left\/omi-below, \/omi-left/);
    expect(await cgroups()).not.toContain('omi-left');
  } finally {
    await take();
    await exec(['ip', 'address', 'delete', '192.0.2.77/32', 'dev', 'lo'], { answers: [2] });
  }
});

test('the next build removes the cgroup of a killed build', async () => {
  const run = 'mkdir -p /mnt; mount -t cgroup2 x /mnt; mkdir /mnt/omi-killed; echo started; sleep 1000\n';
  const cgroups = async (): Promise<string> =>
    (await exec(['unshare', '--mount', 'sh', '-c', 'mount -t cgroup2 x /tmp; find /tmp -name "omi-killed"']))
      .stdout;
  const killed = step(cloud, { inputs: { 'omi-name': 'killed', run } });
  const main = killed.start();
  await main.waitForLine(/^started$/);
  expect(await cgroups()).toContain('omi-killed');
  main.child.kill('SIGKILL');
  await main.ended;
  successful(
    await step(cloud, { inputs: { 'omi-name': 'next', run: 'true\n', 'state-dir': killed.stateDir } }).main(),
  );
  expect(await cgroups()).toBe('');
});
