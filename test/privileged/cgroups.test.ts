/** @alone It creates and moves control groups of the machine. */
import { expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { ownCgroup, removeOwnCgroup } from '../../src/host/sandbox/cgroups.js';
import { endNamespace, namespaceName, startNamespace } from '../../src/host/sandbox/namespaces.js';

const signal = AbortSignal.timeout(60_000);
const name = namespaceName('0123456789ab', 0);

/** Runs a command of the VM in the hierarchy of its cgroups. */
const inCgroups = async (command: string, ...args: string[]): Promise<unknown> =>
  await exec([
    'unshare',
    '--mount',
    'sh',
    '-ec',
    `mount -t cgroup2 x /tmp; cd /tmp; ${command}`,
    'sh',
    ...args,
  ]);

test('the cgroup of namespaces is found by a process that was moved below it, and removed with all below', async () => {
  const sandbox = await startNamespace(name).open();
  const { pid } = sandbox.holder;
  const own = ownCgroup(name, pid) ?? '';
  expect(own).toMatch(/\/build-omi-0123456789ab-of-user-0$/);
  expect(ownCgroup(name, process.pid)).toBeUndefined();
  expect(ownCgroup('test', pid)).toBeUndefined();
  await inCgroups('mkdir -p ".$1/a/b"; echo $2 > ".$1/a/cgroup.procs"', own, String(pid));
  expect(ownCgroup(name, pid)).toBe(own);
  await endNamespace(sandbox.holder, name, signal);
  expect(ownCgroup(name, pid)).toBeUndefined();
  expect(await removeOwnCgroup(name, own, signal)).toEqual(['/a/b', '/a']);
  expect(await removeOwnCgroup(name, own, signal)).toEqual([]);
  await expect(inCgroups('ls ".$1"', own)).rejects.toThrow('No such file or directory');
});

test('a cgroup without children is removed', async () => {
  const sandbox = await startNamespace(name).open();
  const own = ownCgroup(name, sandbox.holder.pid) ?? '';
  await inCgroups('ls ".$1"', own);
  await endNamespace(sandbox.holder, name, signal);
  expect(await removeOwnCgroup(name, own, signal)).toEqual([]);
  await expect(inCgroups('ls ".$1"', own)).rejects.toThrow('No such file or directory');
});

test('without its path, the cgroup is found by its name', async () => {
  await inCgroups('mkdir -p other-test/build-omi-0123456789ab-of-user-0/c');
  expect(await removeOwnCgroup(name, undefined, signal)).toEqual(['/c']);
  await inCgroups('rmdir other-test');
});
