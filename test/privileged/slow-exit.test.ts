import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { processesInNamespace } from '../../src/host/proc/namespace-processes.js';
import { type TestDisk, testDisk, testSandbox } from '../support/test-disk.js';

/** A process in the middle of a write that does not go on: the filesystem is frozen, from outside. */
async function stuckWriter(disk: TestDisk) {
  const sandbox = await testSandbox(disk);
  // Opened: it is thawed when the namespaces have ended, too.
  const folder = openSync(`${sandbox.sandbox.root}${sandbox.mountPath}`, 'r');
  const freeze = async (how: '--freeze' | '--unfreeze'): Promise<void> =>
    void (await exec(['fsfreeze', how, `/proc/${process.pid}/fd/${folder}`]));
  await freeze('--freeze');
  await exec(sandbox.sandbox.inside(['sh', '-c', 'echo x > "$0/written" &', sandbox.mountPath]));
  while (processesInNamespace(sandbox.sandbox.holder).length === 0) await sleep(5);
  const thaw = async (): Promise<void> => {
    await freeze('--unfreeze');
    closeSync(folder);
  };
  return { ...sandbox, thaw };
}

test('the build waits for a process killed during a slow write', async () => {
  using disk = await testDisk();
  await using stillInUse = await stuckWriter(disk);
  const gone = stillInUse.sandbox.killAll(stillInUse.signal).then(() => 'gone');
  expect(await Promise.race([gone, sleep(11_000, 'waits')])).toBe('waits');
  await stillInUse.thaw();
  expect(await gone).toBe('gone');
  expect(processesInNamespace(stillInUse.sandbox.holder)).toEqual([]);
});

test('a cancel ends the wait for a killed process', async () => {
  using disk = await testDisk();
  await using stillInUse = await stuckWriter(disk);
  const cancel = new AbortController();
  const gone = stillInUse.sandbox.killAll(cancel.signal);
  cancel.abort(new Error('cancelled'));
  try {
    await expect(gone).rejects.toThrow('cancelled');
  } finally {
    await stillInUse.thaw();
  }
});
