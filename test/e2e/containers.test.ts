/**
 * @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use.
 * @once It tests the liveness of builds, which does not come from answers of the API.
 */
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { step } from '../support/action.js';
import { dist, startCloud, type TestCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { launch, type Running, successful } from '../support/process.js';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud('--snapshot-time', '6000');
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});

/**
 * A container as far as builds see one: PID and mount namespaces of its own. The state directory is shared.
 */
const container = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--'] as const;

/** A shell in a container, with `omi` for build-omi and `until_there FILE`. */
function shellInContainer(stateDir: string, script: string): { running: Running; folder: string } {
  const folder = mkdtempSync(join(cloud.folder, 'container-'));
  const env = {
    PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
    HOME: folder,
    TMPDIR: folder,
    OSC_ACCESS_KEY: defaultAccount.accessKey,
    OSC_SECRET_KEY: defaultAccount.secretKey,
    OSC_ENDPOINT_API: cloud.endpoint,
    BUILD_OMI_STATE_DIR: stateDir,
  };
  const helpers = `
    omi() { '${process.execPath}' '${join(dist, 'cli.js')}' "$@"; }
    mount_omi() { omi mount --source-omi ${cloud.source} --metadata-endpoint ${cloud.metadata} --outputs chroot.sh "$@"; }
    until_there() { while ! test -e "$1"; do sleep 0.1; done; }
  `;
  return { running: launch([...container, 'sh', '-ec', helpers + script], env, folder), folder };
}

/**
 * A whole build in a container of its own.
 * @param spared what its log must not name: another build, which it must leave alone, and its resources
 */
async function buildInContainer(
  name: string,
  stateDir: string,
  spared: readonly string[] = [],
): Promise<string[]> {
  const inputs = { 'omi-name': name, run: 'true\n', 'state-dir': stateDir };
  const build = step(cloud, { inputs, wrap: (argv) => [...container, ...argv] });
  const { text } = successful(await build.main());
  for (const one of spared) expect(text).not.toContain(one);
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '' } = build.outputs();
  return [omi, snapshot];
}

test('the sweep ignores a build of another container from mount to commit, and cleans it up after that container ends', async () => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const stateDir = mkdtempSync(join(cloud.folder, 'shared-state-'));
  const { running, folder } = shellInContainer(
    stateDir,
    `mount_omi --omi-name first
    . ./chroot.sh
    echo mounted
    until_there go
    test -e "$MOUNT_PATH/etc/os-release"
    omi commit --build-id "$BUILD_ID"`,
  );
  await running.waitForLine(/^mounted$/);
  const mounted = await cloud.resources();
  expect(mounted).toHaveLength(before.length + 1);
  const between = await buildInContainer('between mount and commit', stateDir);
  expect(await cloud.resources()).toEqual([...mounted, ...between].sort());
  writeFileSync(join(folder, 'go'), '');
  await running.waitForLine(/Snapshot/);
  while ((await cloud.resources()).length < mounted.length + 3) await sleep(50);
  const during = await buildInContainer('during the snapshot', stateDir);
  const [, snapshot = '', omi = ''] =
    /✓ Snapshot +(snap-\w+): completed[\s\S]*✓ OMI +(ami-\w+) first: available/.exec(
      successful(await running.ended).text,
    ) ?? [];
  const kept = [...between, ...during, omi, snapshot];
  expect(await cloud.resources()).toEqual([...before, ...kept].sort());

  const killed = shellInContainer(stateDir, 'mount_omi --omi-name second; echo mounted; sleep 1000').running;
  await killed.waitForLine(/^mounted$/);
  expect(await cloud.resources()).toHaveLength(before.length + kept.length + 1);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const after = await buildInContainer('after its death', stateDir);
  expect(await cloud.resources()).toEqual([...before, ...kept, ...after].sort());
  expect(readdirSync(join(stateDir, '0'))).toEqual([]);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('the sweep ignores a running build of another container, and cleans it up after the build is killed', async () => {
  const before = await cloud.resources();
  const inputs = { 'omi-name': 'running', run: 'echo started\nsleep 1000\n' };
  const build = step(cloud, { inputs, wrap: (argv) => [...container, ...argv] });
  const main = build.start();
  const [, volume = ''] = /Attached (vol-\w+)/.exec(await main.waitForLine(/Attached vol-/)) ?? [];
  await main.waitForLine(/^started$/);
  const running = await cloud.resources();
  // Its mounts alone would keep the volume: the other build must not try.
  const spared = [volume, build.outputs()['build-id'] ?? ''];
  const beside = await buildInContainer('beside it', build.stateDir, spared);
  expect(await cloud.resources()).toEqual([...running, ...beside].sort());
  main.child.kill('SIGKILL');
  await main.ended;
  const after = await buildInContainer('after it', build.stateDir);
  expect(await cloud.resources()).toEqual([...before, ...beside, ...after].sort());
});

test('mount fails where it cannot watch the process that started it, and succeeds there with hold', async () => {
  const before = await cloud.resources();
  const wrap = (argv: readonly string[]): string[] => [...container, ...argv];
  const refused = step(cloud, { bundle: 'mount', inputs: { 'omi-name': 'unseen' }, wrap });
  const { code, text } = await refused.main();
  expect(code).toBe(1);
  expect(text).toMatch(/::error.*hold: cannot watch the process that started mount/);
  expect(text).toContain('Set hold, for example hold: 6h');
  expect(await cloud.resources()).toEqual(before);
  const held = step(cloud, { bundle: 'mount', inputs: { 'omi-name': 'unseen', hold: '1h' }, wrap });
  successful(await held.main());
  const during = await buildInContainer('while it is held', held.stateDir);
  expect(await cloud.resources()).toHaveLength(before.length + 1 + during.length);
  successful(await held.post());
  expect(await cloud.resources()).toEqual([...before, ...during].sort());
  expect(existsSync(held.outputs()['mount-path'] ?? '')).toBe(false);
});
