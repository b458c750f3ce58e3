/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { jobNamespace, mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});

/** A second build fails before it creates a resource. */
async function refused(job: Step, name: string, first: string | undefined): Promise<void> {
  const before = await cloud.resources();
  cloud.requests();
  const { code, text } = await job.main();
  expect(code).toBe(1);
  expect(text).toContain(
    `omi_name: build ${first}, which is running on this VM, registers an OMI named ${name}`,
  );
  expect(cloud.requests().filter(({ operation }) => operation.startsWith('Create'))).toEqual([]);
  expect(await cloud.resources()).toEqual(before);
}

test('a second build of the same OMI name fails in its first step while the first one runs', async () => {
  const name = 'twice';
  const first = step(cloud, { inputs: { 'omi-name': name, run: 'echo started\nsleep 1000\n' } });
  const main = first.start();
  await main.waitForLine(/^started$/);
  const shared = { 'state-dir': first.stateDir };
  const again = (inputs: Readonly<Record<string, string>> = {}): Step =>
    step(cloud, { inputs: { 'omi-name': name, ...shared, ...inputs } });
  await refused(again(), name, first.outputs()['build-id']);
  successful(await again({ 'omi-name': 'another' }).main());
  successful(await again({ 'skip-create-omi': 'true' }).main());
  main.child.kill('SIGKILL');
  await main.ended;
  successful(await again().main());
});

test('a build of an OMI name that mount reserved fails until its commit', async () => {
  await using job = await jobNamespace();
  await using halves = await mounted(cloud, 'mounted', { job: job.pid });
  const inputs = { 'omi-name': 'mounted', 'state-dir': halves.mount.stateDir };
  await refused(step(cloud, { inputs }), 'mounted', halves.mount.outputs()['build-id']);
  successful(await halves.commit().main());
  const { text } = await step(cloud, { inputs }).main();
  expect(text).toContain('omi_name: this account already has an OMI named mounted');
});
