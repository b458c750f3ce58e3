/** @once It tests what ledgers of other users do; forged-claims reads the answers. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { startCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { launch, successful } from '../support/process.js';
import { killed, rowOf, sweep } from '../support/sweep.js';
import { uidOf } from '../support/users.js';

const user = 'a user with sudo';

test('the next build as root ignores forged entries of a user ledger, and removes resources of orphaned builds', async () => {
  await using cloud = await startCloud();
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const orphaned = await killed(cloud, {}, user);
  const volumes = (await cloud.resources()).filter((id) => !before.includes(id));
  const id = orphaned.outputs()['build-id'] ?? '';
  const folder = join(orphaned.stateDir, String(uidOf(user)));
  const [first = ''] = readFileSync(join(folder, `${id}.jsonl`), 'utf8').split('\n');
  const forge = (build: string, kind: string, data: object, header = first.replaceAll(id, build)): string => {
    const path = join(folder, `${build}.jsonl`);
    writeFileSync(path, `${header}\n${JSON.stringify({ claim: { number: 1, kind, data } })}\n`);
    chownSync(path, uidOf(user), uidOf(user));
    return path;
  };
  const precious = join(cloud.folder, 'precious');
  mkdirSync(precious);
  await using canary = await processOfRoot();
  forge('0000000000a1', 'names', { path: precious });
  forge('0000000000a2', 'namespace', { holder: canary.identity });
  const newer = forge('0000000000a3', 'of the future', {});
  const moved = forge('0000000000a4', 'names', { path: precious }, first);
  const ofRoot = first.replaceAll(id, '0000000000a5').replace(/"user":\d+/, '"user":0');
  forge('0000000000a5', 'names', { path: precious }, ofRoot);
  forge('0000000000a6', 'discarded', {});
  execFileSync('mkfifo', [join(folder, '0000000000a7.jsonl')]);

  const listed = successful(await sweep(cloud, orphaned.stateDir, []));
  expect(rowOf(listed, volumes[0] ?? '')).toContain(id);
  expect(rowOf(listed, join(folder, '0000000000a6.jsonl'))[0]).toBe('ledger');
  const next = step(cloud, { inputs: { 'omi-name': 'next', 'state-dir': orphaned.stateDir } });
  const { text } = successful(await next.main());
  expect(text).toContain('unknown kind of resource "of the future": a newer build-omi wrote the ledger');
  expect(text).toContain(`${moved} is ignored: its header names build ${id}`);
  expect(text).toContain('0000000000a5.jsonl is ignored: its header names build 0000000000a5 of user 0');
  expect(text).toContain('0000000000a7.jsonl is ignored: it is not a regular file');
  expect([precious, newer, moved].every((path) => existsSync(path))).toBe(true);
  expect(canary.isAlive()).toBe(true);
  const made = [next.outputs()['omi-id'] ?? '', next.outputs()['snapshot-id'] ?? ''];
  expect(await cloud.resources()).toEqual([...before, ...made].sort());
  expect(inventory(cloud.folder)).toEqual(machine);
});

async function processOfRoot(): Promise<
  { readonly identity: object; readonly isAlive: () => boolean } & AsyncDisposable
> {
  const running = launch(['sh', '-c', 'echo ready; exec sleep 1000'], { PATH: process.env.PATH });
  await running.waitForLine(/^ready$/);
  const { pid = 0 } = running.child;
  const start = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21];
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return {
    identity: { pid, start, boot },
    isAlive: () => running.child.exitCode === null && running.child.signalCode === null,
    [Symbol.asyncDispose]: async () => {
      running.child.kill('SIGKILL');
      await running.ended;
    },
  };
}
