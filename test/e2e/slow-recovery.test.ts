/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import { mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { type Step, step } from '../support/action.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { type Ran, successful } from '../support/process.js';

const build = (cloud: TestCloud, name: string, stateDir?: string, run = 'true\n'): Step =>
  step(cloud, {
    inputs: { 'omi-name': name, run, ...(stateDir === undefined ? {} : { 'state-dir': stateDir }) },
  });

/**
 * A build that was killed, whose volume the API is detaching for as long as its disk is mounted at a place.
 */
async function detaching(
  cloud: TestCloud,
  name: string,
  stateDir?: string,
): Promise<{ job: Step; location: string }> {
  const job = build(cloud, name, stateDir, 'echo started\nsleep 1000\n');
  const main = job.start();
  const found = /Attached (vol-\w+) as \S+ \(kernel name (loop\d+)\)/;
  const [, VolumeId = '', disk = ''] = found.exec(await main.waitForLine(found)) ?? [];
  await main.waitForLine(/^started$/);
  const location = mkdtempSync(join(cloud.folder, 'held-'));
  await exec(['mount', `/dev/${disk}p1`, location]);
  main.child.kill('SIGKILL');
  await main.ended;
  await cloud.api.call('UnlinkVolume', { VolumeId });
  return { job, location };
}

async function timed(work: Promise<Ran>): Promise<{ ran: Ran; ms: number }> {
  const start = performance.now();
  const ran = successful(await work);
  return { ran, ms: performance.now() - start };
}

test('volumes of orphaned builds in detaching delay the next build by at most 2 s in total', async () => {
  await using cloud = await startCloud();
  await expectNoLeftovers(cloud, async () => {
    const before = await cloud.resources();
    const { ms: usual } = await timed(build(cloud, 'alone').main());
    const first = await detaching(cloud, 'dead 1');
    // Each build has its own state directory until it is killed, otherwise it would resume the earlier ones.
    const others = [await detaching(cloud, 'dead 2'), await detaching(cloud, 'dead 3')];
    const folder = join(first.job.stateDir, '0');
    for (const { job } of others) {
      const own = join(job.stateDir, '0');
      for (const name of readdirSync(own)) renameSync(join(own, name), join(folder, name));
    }
    try {
      const { ran, ms } = await timed(build(cloud, 'beside', first.job.stateDir).main());
      expect(ran.text).toContain('the next build on this VM continues');
      expect(readdirSync(folder)).toHaveLength(3);
      // 1 s more to remove resources of orphaned builds on the VM, which comes first.
      expect(ms - usual).toBeLessThan(3_000);
    } finally {
      for (const { location } of [first, ...others]) await exec(['umount', location]);
    }
    successful(await first.job.post());
    successful(await build(cloud, 'after', first.job.stateDir).main());
    expect(readdirSync(folder)).toEqual([]);
    const volumes = (all: readonly string[]): string[] => all.filter((id) => id.startsWith('vol-'));
    expect(volumes(await cloud.resources())).toEqual(volumes(before));
  });
});
