import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { openShell } from '../support/shell.js';
import { killed, sweep } from '../support/sweep.js';

const cloud = useCloud();

const failed = { run: 'exit 3\n', 'on-failure': 'keep' };
const command = ['true'];

/** Why `shell` does not open a failed build. */
async function refusal(inputs: Readonly<Record<string, string>>, change = async () => {}): Promise<string> {
  const job = step(cloud, { inputs: { ...failed, 'omi-name': 'refused', ...inputs } });
  expect((await job.main()).code).toBe(1);
  await change();
  const ran = await openShell(cloud, job, { command }).ended;
  expect(ran.code).toBe(1);
  await sweep(cloud, job.stateDir, ['--build-id', job.outputs()['build-id'] ?? '', '--yes']);
  return ran.text;
}

test('an unknown build, and one without --build-id', async () => {
  const job = step(cloud, { inputs: {} });
  const unknown = await openShell(cloud, job, { flags: ['--build-id', '0123456789ab'], command }).ended;
  expect(unknown.text).toMatch(/build_id: no failed build 0123456789ab is kept in .*\/state/);
  expect(unknown.code).toBe(1);
});

test('a build that was not kept', async () => {
  const job = await killed(cloud);
  const ran = await openShell(cloud, job, { command }).ended;
  expect(ran.text).toMatch(/build_id: build \w+ was not kept\n.*Set on-failure: keep on the build/);
  await job.post();
});

test('a build of another user', async () => {
  const job = step(cloud, { user: 'a user with sudo', inputs: { ...failed, 'omi-name': 'of another' } });
  expect((await job.main()).code).toBe(1);
  const ran = await openShell(cloud, job, { command }).ended;
  expect(ran.text).toMatch(/build_id: build \w+ belongs to user 12345\n.*Run shell as that user/);
  const flags = ['--build-id', job.outputs()['build-id'] ?? '', '--yes'];
  await sweep(cloud, job.stateDir, flags, 'a user with sudo');
});

test('a volume that was detached, or deleted, after the build', async () => {
  const before = await cloud.resources();
  const volume = async (): Promise<string> =>
    (await cloud.resources()).find((id) => !before.includes(id)) ?? '';
  const detach = async (): Promise<void> => {
    await cloud.api.call('UnlinkVolume', { VolumeId: await volume() });
    for (;;) {
      const { Volumes } = await cloud.api.call('ReadVolumes', { Filters: { VolumeIds: [await volume()] } });
      if (Volumes?.[0]?.State === 'available') return;
    }
  };
  expect(await refusal({}, detach)).toMatch(/Volume vol-\w+ is not attached to this VM\n.*It was detached/);
  const text = await refusal({}, async () => {
    await detach();
    await cloud.api.call('DeleteVolume', { VolumeId: await volume() });
  });
  expect(text).not.toContain('kept until');
  expect(text).toMatch(/The volume vol-\w+ of build \w+ does not exist any more/);
  expect(await cloud.resources()).toEqual(before);
});

test('a build that failed before its volume was mounted, or after it was detached', async () => {
  expect(await refusal({ 'pre-mount-commands': 'exit 1' })).toMatch(
    /failed before it had mounted volume vol-/,
  );
  // The snapshot is taken before.
  cloud.fail([{ operation: 'CreateImage', fault: 'refuse', times: 9 }]);
  expect(await refusal({ run: 'true\n' })).toMatch(
    /Volume vol-\w+ is not attached to this VM\n.*The build failed after/,
  );
  cloud.fail([]);
});
