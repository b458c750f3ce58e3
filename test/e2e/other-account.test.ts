/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount, otherAccount } from '../../src/emulator/emulator.js';
import { dist, useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { mounted } from '../support/mount-commit.js';
import { launch, type Ran, successful } from '../support/process.js';

const cloud = useCloud();

const keys = { 'access-key': otherAccount.accessKey, 'secret-key': otherAccount.secretKey };

const abort = async (id: string, stateDir: string): Promise<Ran> => {
  const argv = [join(dist, 'cli.js'), 'abort', '--build-id', id, '--state-dir', stateDir];
  const environment = {
    PATH: process.env.PATH,
    HOME: '/root',
    OSC_ACCESS_KEY: otherAccount.accessKey,
    OSC_SECRET_KEY: otherAccount.secretKey,
  };
  return await launch([process.execPath, ...argv], environment).ended;
};

test('with keys of another account commit and abort fail, and post cleans up on the VM only', async () => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  await using halves = await mounted(cloud, 'of one account');
  const { mount, id, path, commit, inside } = halves;
  const made = await cloud.resources();
  const { 'volume-id': volume } = mount.outputs();
  const sentence = `Build ${id} belongs to account ${defaultAccount.id}, but these keys belong to account ${otherAccount.id}`;
  for (const refused of [await commit(keys).main(), await abort(id, mount.stateDir)]) {
    expect(refused.code).toBe(1);
    expect(refused.text).toContain(sentence);
    await inside('test -r /proc/self/stat');
  }
  const post = await mount.post(keys);
  expect(post.code).toBe(1);
  expect(post.text).toContain(`volume ${volume}: ${sentence}`);
  expect(existsSync(path)).toBe(false);
  expect(await cloud.resources()).toEqual(made);
  successful(await mount.post());
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});
