/** @alone It mounts in the namespace of the machine. */
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { mounted, sharing } from '../support/mount-commit.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

/** Both legs of a matrix have the same names; the process of the test is the worker of the first one. */
const environment = { GITHUB_RUN_ID: '1', GITHUB_JOB: 'build', GITHUB_RUN_ATTEMPT: '1', RUNNER_NAME: 'one' };

/** Starts a step from another worker. A shell would drop the INPUT_… variables, whose names have hyphens. */
const elsewhere = (argv: readonly string[]): string[] => ['perl', '-e', 'exit(system(@ARGV) >> 8)', ...argv];

test('commit without build-id takes the build that its own job mounted, and never that of another job', async () => {
  await using halves = await mounted(cloud, 'of this job', { environment });
  const without = { 'build-id': '' };
  const { mount, id } = halves;
  const inputs = { ...without, ...sharing(mount.stateDir) };
  const other = step(cloud, { bundle: 'commit', inputs, environment, wrap: elsewhere });
  const refused = await other.main();
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.text).toContain(
    'build-id: is missing, and the process that started commit has no mounted build',
  );
  expect(refused.text).toContain(`mounted builds: ${id} (of process ${process.pid})`);
  const own = halves.commit(without);
  successful(await own.main());
  expect(own.outputs()).toMatchObject({ 'build-id': id, 'omi-name': 'of this job' });
  const again = await halves.commit(without).main();
  expect(again.code).toBe(2);
  expect(again.text).toContain('no build is mounted');
});

test('commit without build-id refuses to choose between two builds of its job', async () => {
  await using one = await mounted(cloud, 'one of two', { environment });
  await using two = await mounted(cloud, 'two of two', {
    environment,
    inputs: sharing(one.mount.stateDir),
  });
  const refused = await one.commit({ 'build-id': '' }).main();
  expect(refused.code).toBe(2);
  expect(refused.text).toContain('has several mounted builds');
  for (const { id } of [one, two]) expect(refused.text).toContain(`${id} (of process ${process.pid})`);
  successful(await two.commit().main());
  const left = one.commit({ 'build-id': '' });
  successful(await left.main());
  expect(left.outputs()['omi-name']).toBe('one of two');
});
