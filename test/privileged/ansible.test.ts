/** @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { useCloud } from '../support/cloud.js';
import { debianDisk } from '../support/debian.js';
import { exampleStep, examples } from '../support/example-step.js';
import { inventory } from '../support/inventory.js';
import { jobNamespace, mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';

const cloud = useCloud();
let debian: string;
beforeAll(async () => {
  debian = await publishDisk(cloud.api, await debianDisk(), 'debian');
}, 300_000);

const user = 'a user with sudo';
const provision = exampleStep('with-ansible.yml', 'Provision');

test('the playbook of the example provisions a mounted Debian, and the snapshot has its changes', async () => {
  const machine = inventory(cloud.folder);
  await using job = await jobNamespace();
  const inputs = { 'source-omi': debian };
  await using halves = await mounted(cloud, 'by ansible', { user, job: job.pid, inputs });
  const play = successful(await halves.between(provision, examples));
  expect(play.text).toMatch(/ok=4 +changed=3 +unreachable=0 +failed=0/);
  const commit = halves.commit();
  const committed = successful(await commit.main());
  expect(committed.text).not.toContain('Terminated process still using');
  successful(await halves.mount.post());
  expect(inventory(cloud.folder)).toEqual(machine);
  await using disk = await openSnapshot(cloud, commit.outputs()['snapshot-id'] ?? '');
  expect(await disk.read('/etc/motd')).toBe('Debian 12, by Ansible\n');
  expect(await disk.read('/var/lib/dpkg/status')).toContain('Package: tree\nStatus: install ok installed\n');
  expect(await disk.read('/etc/login.defs')).toMatch(/^UMASK 077$/m);
  expect(await disk.list('/root')).not.toContain('.ansible');
  expect(await disk.isClean()).toBe(true);
}, 300_000);

/** What Ansible itself calls to leave a job running. */
const daemon = `
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.command: sleep 1000
      async: 1000
      poll: 0
`;

test('commit succeeds after a play that leaves a daemon running, and names the daemon', async () => {
  const machine = inventory(cloud.folder);
  await using job = await jobNamespace();
  const inputs = { 'source-omi': debian };
  await using halves = await mounted(cloud, 'with a daemon', { user, job: job.pid, inputs });
  const { workspace } = halves.mount;
  writeFileSync(join(workspace, 'daemon.yml'), daemon);
  const play = provision.map((word) => word.replace('ansible/playbook.yml', 'daemon.yml'));
  successful(await halves.between(play, workspace));
  const commit = halves.commit();
  const committed = successful(await commit.main());
  expect(committed.text).toMatch(/::warning.*Terminated process still using \S+: sleep \(\d+\): root/);
  successful(await halves.mount.post());
  expect(inventory(cloud.folder)).toEqual(machine);
  await using disk = await openSnapshot(cloud, commit.outputs()['snapshot-id'] ?? '');
  expect(await disk.isClean()).toBe(true);
}, 300_000);
