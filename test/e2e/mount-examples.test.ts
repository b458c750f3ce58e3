/**
 * @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it.
 * @once It runs the examples; mount reads the answers.
 */
import { expect, test } from '@jest/globals';
import { useCloud } from '../support/cloud.js';
import { exampleStep, examples } from '../support/example-step.js';
import { inventory } from '../support/inventory.js';
import { jobNamespace, mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { type OpenSnapshot, openSnapshot } from '../support/snapshot.js';

const cloud = useCloud();

/** Runs steps of an example between mount and commit, as a user with sudo. @returns what came out. */
async function built(file: string, ...steps: readonly string[]): Promise<OpenSnapshot> {
  const machine = inventory(cloud.folder);
  await using job = await jobNamespace();
  await using halves = await mounted(cloud, file, { user: 'a user with sudo', job: job.pid });
  for (const name of steps) successful(await halves.between(exampleStep(file, name), examples));
  const commit = halves.commit();
  successful(await commit.main());
  successful(await halves.mount.post());
  expect(inventory(cloud.folder)).toEqual(machine);
  return await openSnapshot(cloud, commit.outputs()['snapshot-id'] ?? '');
}

test('steps that run chroot(8) provision the image', async () => {
  await using disk = await built('with-chroot.yml', 'Provision', 'Copy');
  expect(await disk.read('/etc/issue')).toBe('For use by its owner alone.\n');
  expect(await disk.read('/srv/app/motd')).toBe('Built by build-omi.\n');
});

test('a program with a root directory option provisions the image', async () => {
  await using disk = await built('with-root-directory.yml', 'Provision');
  expect(await disk.read('/etc/hostname')).toBe('web\n');
  expect(await disk.describe('/etc/localtime')).toContain(
    'Fast link dest: "../usr/share/zoneinfo/Europe/Paris"',
  );
});
