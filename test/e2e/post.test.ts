import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { type Running, successful } from '../support/process.js';

/** A build in the middle of its script. */
async function started(cloud: TestCloud): Promise<{ job: Step; main: Running }> {
  const job = step(cloud, { inputs: { 'omi-name': 'interrupted', run: 'echo started\nsleep 1000\n' } });
  const main = job.start();
  await main.waitForLine(/^started$/);
  return { job, main };
}

const made = async (cloud: TestCloud, before: readonly string[]): Promise<string[]> =>
  (await cloud.resources()).filter((id) => !before.includes(id));

const ledgerOf = ({ stateDir }: Step): string => {
  const folder = join(stateDir, '0');
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.jsonl')) ?? '');
};

test('post after a successful build does nothing and prints nothing', async () => {
  await using cloud = await startCloud();
  const job = step(cloud, { inputs: { 'omi-name': 'well' } });
  successful(await job.main());
  cloud.requests();
  expect(successful(await job.post()).text).not.toMatch(/::(error|warning|notice)|Clean up/);
  expect(cloud.requests()).toEqual([]);
});

test('post after a killed build lists what it removes', async () => {
  await using cloud = await startCloud();
  await expectNoLeftovers(cloud, async () => {
    const before = await cloud.resources();
    const { job, main } = await started(cloud);
    const [volume] = await made(cloud, before);
    main.child.kill('SIGKILL');
    await main.ended;
    const post = successful(await job.post());
    for (const what of [
      'End namespaces',
      'Remove /mnt/',
      `Detach volume ${volume}`,
      `Delete volume ${volume}`,
    ])
      expect(post.text).toContain(what);
    expect(await cloud.resources()).toEqual(before);
  });
});

test('post reports a resource that it cannot remove, with location, reason and the command that removes it', async () => {
  await using cloud = await startCloud();
  const before = await cloud.resources();
  const { job, main } = await started(cloud);
  const [volume = ''] = await made(cloud, before);
  main.child.kill('SIGKILL');
  await main.ended;
  cloud.fail([{ operation: 'DeleteVolume', fault: 'refuse', times: 1 }]);
  const post = await job.post();
  cloud.fail([]);
  expect(post.code).toBe(1);
  const reported = post.lines.find(({ line }) => line.startsWith('::warning'))?.line.split('%0A') ?? [];
  const { Vms } = await cloud.api.call('ReadVms', {});
  expect(reported[0]).toMatch(
    new RegExp(
      `Build ${job.outputs()['build-id']} could not clean up \\(VM ${Vms?.[0]?.VmId}, host .+, account `,
    ),
  );
  expect(reported[1]).toMatch(new RegExp(`^ {2}volume ${volume}: DeleteVolume .*request ID`));
  expect(reported[2]).toBe(`    osc-cli api DeleteVolume --VolumeId ${volume}`);
  expect(reported[3]).toContain(ledgerOf(job));
  successful(await job.post());
  expect(await cloud.resources()).toEqual(before);
});

test('post ignores a build that still runs after 15 s, lists its resources and fails', async () => {
  await using cloud = await startCloud();
  const before = await cloud.resources();
  const { job, main } = await started(cloud);
  const left = await made(cloud, before);
  cloud.requests();
  const post = await job.post();
  expect(post.code).toBe(1);
  expect(post.text).toMatch(/::warning::Build \w+ is still running, so nothing was cleaned up\./);
  for (const id of left) expect(post.text).toContain(`volume ${id}`);
  expect(cloud.requests()).toEqual([]);
  expect(await made(cloud, before)).toEqual(left);
  main.child.kill('SIGTERM');
  expect((await main.ended).code).toBe(143);
  successful(await job.post());
  expect(await cloud.resources()).toEqual(before);
}, 60_000);

test('post and the next build ignore a ledger of another user at the path of theirs, with a warning', async () => {
  await using cloud = await startCloud();
  const before = await cloud.resources();
  const { job, main } = await started(cloud);
  const left = await made(cloud, before);
  main.child.kill('SIGKILL');
  await main.ended;
  const ledger = ledgerOf(job);
  chownSync(ledger, 12_345, 12_345);
  const warning = `${ledger} is ignored: it belongs to user 12345, not to 0`;
  expect(successful(await job.post()).text).toMatch(new RegExp(`::warning::.*${warning}`));
  const next = step(cloud, { inputs: { 'omi-name': 'next', 'state-dir': job.stateDir } });
  expect(successful(await next.main()).text).toMatch(new RegExp(`::warning::.*${warning}`));
  expect(await made(cloud, before)).toEqual(expect.arrayContaining(left));
  chownSync(ledger, 0, 0);
  successful(await job.post());
  expect(await made(cloud, before)).toEqual([next.outputs()['omi-id'], next.outputs()['snapshot-id']]);
});
