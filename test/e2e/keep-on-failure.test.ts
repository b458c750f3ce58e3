/** @long It fails or interrupts builds at many steps, one after another. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import type { FaultRule } from '../../src/emulator/server/faults.js';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { type Ran, successful } from '../support/process.js';
import { shellEnvironment } from '../support/shell.js';
import { asTestUser, uidOf, users } from '../support/users.js';

const cloud = useCloud();

const onFailure = {
  'omi-name': 'failing',
  run: 'echo found > /root/evidence\nexit 3\n',
  'on-failure': 'keep',
};

/** The lines of the notice that lists the retained resources. */
const reported = ({ lines }: Ran): string[] =>
  (lines.find(({ line }) => /^::notice::.* kept until /.test(line))?.line ?? '').split('%0A');

/** The printed command that opens the chroot, and its output for a command. */
const follow = (
  lines: readonly string[],
  user: (typeof users)[number],
  inside: readonly string[],
): string => {
  const command = lines.find((line) => line.includes(' shell ')) ?? '';
  const work = mkdtempSync(join(cloud.folder, 'shell-'));
  const [program = '', ...argv] = asTestUser(user, work, [
    'sh',
    '-ec',
    `${command} "$@"`,
    'sh',
    '--',
    ...inside,
  ]);
  return execFileSync(program, argv, { encoding: 'utf8', env: shellEnvironment(cloud), stdio: 'pipe' });
};

/** Lets the time pass that things are kept for. */
function expire(job: Step, user: (typeof users)[number] = 'root'): void {
  const folder = join(job.stateDir, String(uidOf(user)));
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.jsonl'))) {
    const path = join(folder, name);
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(/"until":"[^"]*"/g, '"until":"2020-01-01T00:00:00.000Z"'),
    );
  }
}

test.each(users)(
  'as %s, on-failure: keep retains a failed build: the printed command opens it, post skips it, a later build removes it',
  async (user) => {
    await expectNoLeftovers(cloud, async () => {
      const before = await cloud.resources();
      const job = step(cloud, { user, inputs: { ...onFailure, 'keep-for': '2h' } });
      const main = await job.main();
      expect(main.code).toBe(1);
      const left = (await cloud.resources()).filter((id) => !before.includes(id));
      expect(left).toEqual([expect.stringMatching(/^vol-/)]);
      const { Volumes } = await cloud.api.call('ReadVolumes', { Filters: { VolumeIds: left } });
      expect(Volumes?.[0]?.LinkedVolumes?.[0]?.State).toBe('attached');
      const { Tags = [] } = Volumes?.[0] ?? {};
      expect(Tags.find(({ Key }) => Key === 'build-omi:build-id')?.Value).toBe(job.outputs()['build-id']);
      const until = Date.parse(Tags.find(({ Key }) => Key === 'build-omi:keep-until')?.Value ?? '');
      expect(until - Date.now()).toBeGreaterThan(1.9 * 3_600_000);
      expect(until - Date.now()).toBeLessThan(2 * 3_600_000);
      const observed = inventory(cloud.folder);
      expect([observed.mounts, observed.orphans, observed.folders]).toEqual([[], [], []]);
      expect(follow(reported(main), user, ['cat', '/root/evidence'])).toBe('found\n');
      const post = successful(await job.post());
      expect(reported(post)).toEqual(['']);
      successful(
        await step(cloud, { user, inputs: { 'omi-name': `next ${user}`, 'state-dir': job.stateDir } }).main(),
      );
      expect(await cloud.resources()).toEqual(expect.arrayContaining(left));
      expire(job, user);
      const after = step(cloud, { user, inputs: { 'omi-name': `after ${user}`, 'state-dir': job.stateDir } });
      expect(successful(await after.main()).text).toContain(`Delete volume ${left[0]}`);
      expect(await cloud.resources()).not.toEqual(expect.arrayContaining(left));
      expect(readdirSync(join(job.stateDir, String(uidOf(user))))).toEqual([]);
    });
  },
);

test('the printed command that removes the retained resources needs only the access keys', async () => {
  const before = await cloud.resources();
  const job = step(cloud, { inputs: { ...onFailure, region: 'eu-west-2' } });
  const lines = reported(await job.main());
  const command = lines.find((line) => line.includes(' sweep ')) ?? '';
  expect(command).not.toContain(defaultAccount.accessKey);
  expect(await cloud.resources()).not.toEqual(before);
  execFileSync('sh', ['-ec', command], {
    env: {
      PATH: process.env.PATH,
      HOME: '/root',
      OSC_ACCESS_KEY: defaultAccount.accessKey,
      OSC_SECRET_KEY: defaultAccount.secretKey,
    },
  });
  expect(await cloud.resources()).toEqual(before);
});

test('a cancelled build leaves no resources, with or without on-failure: keep', async () => {
  const before = await cloud.resources();
  const job = step(cloud, { inputs: { ...onFailure, run: 'echo started\nsleep 1000\n' } });
  const main = job.start();
  await main.waitForLine(/^started$/);
  main.child.kill('SIGINT');
  expect((await main.ended).code).toBe(130);
  expect(await cloud.resources()).toEqual(before);
});

test('a build that fails before it creates a volume retains nothing', async () => {
  const before = await cloud.resources();
  cloud.fail([{ operation: 'CreateVolume', fault: 'refuse', times: 1 }]);
  const main = await step(cloud, { inputs: onFailure }).main();
  expect(main.code).toBe(1);
  expect(reported(main)).toEqual(['']);
  expect(await cloud.resources()).toEqual(before);
});

const late = { tags: 'a=b', 'snapshot-users': '210987654321', 'omi-account-ids': '210987654321' };

/**
 * What may fail when the snapshot exists, which of snapshot and OMI exist then, and the number of calls that
 * succeed before.
 */
const lateFailures = [
  ['the tags of the snapshot', 'CreateTags', 1, ['snap']],
  ['the sharing of the snapshot', 'UpdateSnapshot', 0, ['snap']],
  ['the registration', 'CreateImage', 1, ['snap']],
  ['the tags of the OMI', 'CreateTags', 2, ['ami', 'snap']],
  ['the sharing of the OMI', 'UpdateImage', 0, ['ami', 'snap']],
] as const;

/**
 * After a refusal, a registration is repeated without the product codes of the source, and the tags of a
 * snapshot without those of build-omi.
 */
const refusalOf = (operation: string, skip: number): FaultRule => ({
  operation,
  fault: 'refuse',
  skip,
  times: skip === 1 ? 2 : 1,
});

test.each(lateFailures.map(([what, operation, skip]) => [what, operation, skip] as const))(
  '%s fails: neither OMI nor snapshot remains, and no output names one',
  async (what, operation, skip) => {
    const before = await cloud.resources();
    cloud.fail([refusalOf(operation, skip)]);
    const job = step(cloud, { inputs: { ...late, 'omi-name': `late ${what}` } });
    const main = await job.main();
    cloud.fail([]);
    expect(main.code).toBe(1);
    expect(main.text).toMatch(new RegExp(`::error.*${operation}`));
    expect(await cloud.resources()).toEqual(before);
    expect(job.outputs()).toMatchObject({ 'snapshot-id': '', 'snapshot-ids': '[]' });
    expect(job.outputs()['omi-id'] ?? '').toBe('');
    expect(job.outputs()['omi-name'] ?? '').toBe('');
  },
);

test.each(lateFailures)(
  '%s fails with on-failure: keep: its resources and outputs remain until they expire',
  async (what, operation, skip, kinds) => {
    await expectNoLeftovers(cloud, async () => {
      const before = await cloud.resources();
      cloud.fail([refusalOf(operation, skip)]);
      const job = step(cloud, { inputs: { ...late, 'omi-name': `kept ${what}`, 'on-failure': 'keep' } });
      const main = await job.main();
      cloud.fail([]);
      expect(main.code).toBe(1);
      successful(await job.post());
      const left = (await cloud.resources()).filter((id) => !before.includes(id));
      expect(left.map((id) => id.split('-')[0])).toEqual([...kinds, 'vol']);
      const outputs = job.outputs();
      const named = [outputs['omi-id'] ?? '', outputs['snapshot-id'] ?? ''].filter(Boolean);
      expect(left).toEqual([...named, expect.stringMatching(/^vol-/)]);
      for (const id of left) expect(reported(main)[0]).toContain(id);
      expire(job);
      const after = step(cloud, { inputs: { 'omi-name': `next after ${what}`, 'state-dir': job.stateDir } });
      successful(await after.main());
      const made = [after.outputs()['omi-id'] ?? '', after.outputs()['snapshot-id'] ?? ''];
      expect(made.join()).toMatch(/^ami-\w+,snap-\w+$/);
      expect(await cloud.resources()).toEqual([...before, ...made].sort());
    });
  },
);

/** The OMI of a name. */
async function imageOf(name: string): Promise<string | undefined> {
  const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageNames: [name] } });
  return Images?.[0]?.ImageId;
}

test('a failed registration restores the replaced OMI at once, although the other resources are retained', async () => {
  successful(await step(cloud, { inputs: { 'omi-name': 'replaced at once' } }).main());
  cloud.fail([refusalOf('CreateImage', 0)]);
  const inputs = { 'omi-name': 'replaced at once', 'force-deregister': 'true', 'on-failure': 'keep' };
  const job = step(cloud, { inputs });
  const main = await job.main();
  cloud.fail([]);
  expect(main.text).toMatch(/::warning::Registered replaced at once again as ami-/);
  expect(await imageOf('replaced at once')).toMatch(/^ami-/);
  expect(job.outputs()['snapshot-id']).toMatch(/^snap-/);
  expire(job);
  successful(await job.post());
});

test('a retained OMI keeps its name; when it expires, the build restores the OMI that it replaced', async () => {
  successful(await step(cloud, { inputs: { 'omi-name': 'replaced' } }).main());
  const old = await cloud.resources();
  cloud.fail([{ operation: 'UpdateImage', fault: 'refuse', times: 1 }]);
  const inputs = {
    ...late,
    'omi-name': 'replaced',
    'force-deregister': 'true',
    'force-delete-snapshot': 'true',
    'on-failure': 'keep',
  };
  const job = step(cloud, { inputs });
  expect((await job.main()).code).toBe(1);
  cloud.fail([]);
  expect(await imageOf('replaced')).toBe(job.outputs()['omi-id']);
  expire(job);
  const post = successful(await job.post());
  expect(post.text).toContain('Registered replaced again as ami-');
  const snapshots = (ids: readonly string[]): string[] => ids.filter((id) => !id.startsWith('ami-'));
  expect(snapshots(await cloud.resources())).toEqual(snapshots(old));
  expect(await imageOf('replaced')).not.toBe(job.outputs()['omi-id']);
});
