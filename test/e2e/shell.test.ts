import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { until } from '../support/emulator-client.js';
import { inventory } from '../support/inventory.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { launch, successful } from '../support/process.js';
import { openShell, shellEnvironment } from '../support/shell.js';
import { sweep } from '../support/sweep.js';
import { type TestUser, uidOf, users } from '../support/users.js';

const cloud = useCloud();

const failed = {
  'omi-name': 'failing',
  run: [
    'echo found > /root/evidence',
    'cat /etc/hostname > /root/lent',
    'echo own > /etc/hosts',
    'test "$TOKEN" = open',
    'exit 3',
  ].join('\n'),
  'on-failure': 'keep',
  'copy-files': '/etc/hostname\n/etc/hosts',
  env: 'TOKEN=open\nOTHER=1\n',
};

/** A failed build that is kept. */
async function kept(inputs: Readonly<Record<string, string>> = {}, user: TestUser = 'root'): Promise<Step> {
  const job = step(cloud, { user, inputs: { ...failed, ...inputs } });
  expect((await job.main()).code).toBe(1);
  return job;
}

const ledgerOf = (job: Step, user: TestUser = 'root'): string => {
  const folder = join(job.stateDir, String(uidOf(user)));
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.jsonl')) ?? '');
};

/** The date until which a build is kept. */
const keptUntil = (path: string): number =>
  Date.parse([...readFileSync(path, 'utf8').matchAll(/"until":"([^"]*)"/g)].at(-1)?.[1] ?? '');

/** Deletes a kept build. */
const discard = async (job: Step, user: TestUser = 'root'): Promise<void> => {
  const flags = ['--build-id', job.outputs()['build-id'] ?? '', '--yes'];
  successful(await sweep(cloud, job.stateDir, flags, user));
};

/**
 * The names in a directory of the image, without a mount. While the kernel unmounts what a killed process had
 * mounted, the filesystem cannot be read.
 */
async function namesOnDisk(job: Step, folder: string, user: TestUser = 'root'): Promise<string[]> {
  const [, partition = ''] = /"partition":"([^"]*)"/.exec(readFileSync(ledgerOf(job, user), 'utf8')) ?? [];
  const argv = ['-R', `ls -p ${folder}`, `/dev/${partition}`];
  let names: string[] = [];
  const canBeRead = (): boolean => {
    const listed = execFileSync('debugfs', argv, { encoding: 'utf8' });
    names = listed.split('\n').flatMap((line) => line.split('/')[5] ?? []);
    return names.length > 0;
  };
  await until(`${folder} on ${partition} can be read`, canBeRead, 30_000);
  return names;
}

test.each(users)(
  'as %s: shell repeats the failed line as the script had it, and leaves the image as it was',
  async (user) => {
    await expectNoLeftovers(cloud, async () => {
      const before = await cloud.resources();
      const job = await kept({}, user);
      const line = [
        'cat /root/evidence',
        'test "$(cat /etc/hostname)" = "$(cat /root/lent)"',
        'test "$(cat /etc/hosts)" = own',
        'test "$TOKEN" = open',
        'echo "$OTHER $TERM $0"',
        'ls /dev | grep loop',
        'echo made > /root/made',
        'exit 3',
      ].join('\n');
      const ran = await openShell(cloud, job, {
        user,
        flags: ['--env', 'TOKEN=open\nOTHER=1'],
        command: ['sh', '-ec', line, 'named'],
      }).ended;
      expect(ran.text).toContain('found\n1 dumb named\n');
      expect(ran.code).toBe(3);
      expect(ran.text).not.toContain('without a value');
      // Only the disk of the build is in its /dev.
      expect(new Set(ran.text.match(/^loop\d+/gm))).toHaveProperty('size', 1);
      const observed = inventory(cloud.folder);
      expect([observed.mounts, observed.orphans, observed.folders]).toEqual([[], [], []]);
      expect(await namesOnDisk(job, '/root', user)).toEqual(
        expect.arrayContaining(['evidence', 'lent', 'made']),
      );
      expect((await namesOnDisk(job, '/etc', user)).filter((name) => name.includes('host'))).toEqual([
        'hosts',
      ]);
      const again = ['sh', '-ec', 'cat /etc/hosts /root/made; test -s /etc/hostname'];
      expect(successful(await openShell(cloud, job, { user, command: again }).ended).text).toMatch(
        /^own\nmade$/m,
      );
      await discard(job, user);
      expect(await cloud.resources()).toEqual(before);
    });
  },
);

test('the notice stands once and its command opens the chroot; stdin is a script of the shell of the scripts', async () => {
  const job = step(cloud, { inputs: failed });
  const main = await job.main();
  const notice = main.lines.filter(({ line }) => /^::notice::.* kept until /.test(line));
  expect(notice).toHaveLength(1);
  const command = (notice[0]?.line ?? '').split('%0A').find((line) => line.includes(' shell ')) ?? '';
  const post = successful(await job.post());
  expect(post.text).not.toContain('kept until');
  const script = `printf 'false\\necho not reached\\n' | ${command}; echo "code=$?"; echo in | ${command} -- cat; ${command} 2>/dev/null -- echo out`;
  const { text } = await launch(['sh', '-c', script], shellEnvironment(cloud)).ended;
  expect(text).toContain('code=1\n');
  expect(text).not.toContain('not reached');
  expect(text).toMatch(/^in$/m);
  // Without stderr nothing of build-omi is in the output.
  expect(text.split('\n').at(-1)).toBe('out');
  await discard(job);
});

test('values of env come from --env or from the configuration of the build; the others are listed by name', async () => {
  const run = { 'omi-name': 'values', 'on-failure': 'keep', config: 'build.yaml' };
  const job = step(cloud, { inputs: run });
  const config = join(job.workspace, 'build.yaml');
  writeFileSync(
    config,
    'env: {TOKEN: s3cret, OTHER: "1"}\nprovisioners:\n  - {run: "true", env: {ITEM: first}}\n  - {run: "exit 4", env: {ITEM: second}}\n',
  );
  expect((await job.main()).code).toBe(1);
  expect(readFileSync(ledgerOf(job), 'utf8')).not.toMatch(/s3cret|second/);
  const command = ['sh', '-c', 'echo "values=$TOKEN,$OTHER,$ITEM"'];
  const shell = async (...flags: string[]): Promise<string> =>
    successful(await openShell(cloud, job, { flags, command }).ended).text;
  const none = await shell();
  expect(none).toContain('Variables of env without a value here: TOKEN, OTHER, ITEM.');
  expect(none).toMatch(/^values=,,$/m);
  const some = await shell('--env', 'TOKEN=mine');
  expect(some).toContain('Variables of env without a value here: OTHER, ITEM.');
  expect(some).toMatch(/^values=mine,,$/m);
  const all = await shell('--config', config);
  expect(all).not.toContain('without a value');
  expect(all).toMatch(/^values=s3cret,1,second$/m);
  await discard(job);
});

const waiting = ['sh', '-c', 'echo opened; sleep 1000'];

test('while a shell is open nothing removes its build, also after keep-for; leaving it begins keep-for anew', async () => {
  await expectNoLeftovers(cloud, async () => {
    const before = await cloud.resources();
    const job = await kept({ 'keep-for': '2s' });
    const volume = (await cloud.resources()).filter((id) => !before.includes(id));
    const shell = openShell(cloud, job, { command: waiting });
    await shell.waitForLine(/^opened$/);
    const second = await openShell(cloud, job, { command: ['true'] }).ended;
    expect(second.code).toBe(1);
    expect(second.text).toMatch(/another process is using build \w+ \(process \d+\)/);
    const end = Date.now() + 2500;
    const flags = ['--build-id', job.outputs()['build-id'] ?? '', '--yes'];
    successful(await sweep(cloud, job.stateDir, flags));
    while (Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
    successful(await sweep(cloud, job.stateDir, ['--yes']));
    const next = step(cloud, { inputs: { 'omi-name': 'beside a shell', 'state-dir': job.stateDir } });
    expect(successful(await next.main()).text).not.toContain(`Delete volume ${volume[0]}`);
    expect(await cloud.resources()).toEqual(expect.arrayContaining(volume));
    const ledger = ledgerOf(job);
    const closed = Date.now();
    shell.child.kill('SIGHUP');
    expect((await shell.ended).code).toBe(129);
    expect(keptUntil(ledger)).toBeGreaterThanOrEqual(closed + 2000);
    const { Volumes } = await cloud.api.call('ReadVolumes', { Filters: { VolumeIds: volume } });
    const tag = Volumes?.[0]?.Tags?.find(({ Key }) => Key === 'build-omi:keep-until')?.Value ?? '';
    expect(Date.parse(tag)).toBe(keptUntil(ledger));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, keptUntil(ledger) - Date.now())));
    successful(await sweep(cloud, job.stateDir, ['--yes']));
    const { 'omi-id': omi = '', 'snapshot-id': snapshot = '' } = next.outputs();
    return [omi, snapshot];
  });
});

test('after kill -9 of a shell the next build leaves nothing of it but the kept volume, which opens again', async () => {
  await expectNoLeftovers(cloud, async () => {
    const before = await cloud.resources();
    const job = await kept({ 'keep-for': '1h' });
    const machine = inventory(cloud.folder);
    const shell = openShell(cloud, job, { command: waiting });
    await shell.waitForLine(/^opened$/);
    const killed = Date.now();
    shell.child.kill('SIGKILL');
    await shell.ended;
    expect(keptUntil(ledgerOf(job))).toBeGreaterThan(killed + 3_500_000);
    expect(await namesOnDisk(job, '/etc')).toContain('hostname');
    const next = step(cloud, { inputs: { 'omi-name': 'after a kill', 'state-dir': job.stateDir } });
    successful(await next.main());
    expect(inventory(cloud.folder)).toEqual(machine);
    const command = ['sh', '-c', 'cat /etc/hosts'];
    expect(successful(await openShell(cloud, job, { command }).ended).text).toMatch(/^own$/m);
    expect((await namesOnDisk(job, '/etc')).filter((name) => name.includes('host'))).toEqual(['hosts']);
    await discard(job);
    const { 'omi-id': omi = '', 'snapshot-id': snapshot = '' } = next.outputs();
    expect(await cloud.resources()).toEqual([...before, omi, snapshot].sort());
    return [omi, snapshot];
  });
});

test('on a terminal shell is interactive, with a terminal of its own', async () => {
  const job = await kept();
  const typed = 'test -t 0 && echo "is=$TERM"; echo >/dev/tty; test "$TOKEN" = x && exit 7';
  const { text, code } = await openShell(cloud, job, {
    flags: ['--env', 'TOKEN=x'],
    wrap: (argv) => [
      'sh',
      '-c',
      // What is typed before the shell reads would be lost, so it comes with its prompt.
      `{ sleep 3; printf '%s\\n' '${typed}'; sleep 2; } | script --quiet --return --command "$0" /dev/null`,
      argv.map((word) => `'${word}'`).join(' '),
    ],
  }).ended;
  expect(text).toMatch(/^is=vt100\r?$/m);
  expect(code).toBe(7);
  expect(text).toContain(' kept until ');
  await discard(job);
});

test('a build whose snapshot was refused is opened, and its disk is writable again', async () => {
  await expectNoLeftovers(cloud, async () => {
    cloud.fail([{ operation: 'CreateSnapshot', fault: 'refuse', times: 1 }]);
    const job = await kept({ run: 'true\n' });
    cloud.fail([]);
    const command = ['sh', '-c', 'touch /root/written && echo writable'];
    expect(successful(await openShell(cloud, job, { command }).ended).text).toContain('writable');
    await discard(job);
    return [];
  });
});
