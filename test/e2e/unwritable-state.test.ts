/**
 * @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use.
 * @once It tests the disk of the state directory.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { otherAccount } from '../../src/emulator/emulator.js';
import { exec } from '../../src/host/exec/exec.js';
import { createCloud } from '../../src/outscale/client/client.js';
import { createTransport } from '../../src/outscale/client/transport.js';
import { type Step, step } from '../support/action.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { type Inventory, inventory } from '../support/inventory.js';
import { type Running, successful } from '../support/process.js';

let cloud: TestCloud;
let machine: Inventory;
let before: string[];
/** A state directory on a small disk of its own. */
let stateDir: string;
/** The builds of a test. */
const jobs: Step[] = [];
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});
beforeEach(async () => {
  stateDir = mkdtempSync(join(cloud.folder, 'state-'));
  await exec(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'state', stateDir]);
  machine = inventory(cloud.folder);
  before = await cloud.resources();
});
afterEach(async () => {
  // A ledger that cannot be removed keeps its lines in /run.
  for (const job of jobs.splice(0)) for (const name of overflows(job)) rmSync(join('/run', name));
  await exec(['umount', stateDir]);
});

/** What makes it unwritable, and writable again. */
const faults = {
  'read-only': {
    begin: async (): Promise<void> => void (await exec(['mount', '-o', 'remount,ro', stateDir])),
    end: async (): Promise<void> => void (await exec(['mount', '-o', 'remount,rw', stateDir])),
  },
  full: {
    begin: async (): Promise<void> => {
      const fill = ['dd', 'if=/dev/zero', `of=${stateDir}/filler`, 'bs=1k'] as const;
      await exec(fill, { answers: [1] });
    },
    end: async (): Promise<void> => void (await exec(['rm', join(stateDir, 'filler')])),
  },
};
const each = ['read-only', 'full'] as const;

/** A build whose script continues once a file exists. */
function build(name: string, inputs: Readonly<Record<string, string>> = {}): { job: Step; goOn: () => void } {
  const folder = mkdtempSync(join(cloud.folder, 'go-'));
  const go = join(folder, 'go');
  const job = step(cloud, {
    inputs: {
      'omi-name': name,
      'state-dir': stateDir,
      'post-mount-commands': `echo started; while ! test -e ${go}; do sleep 0.1; done`,
      ...inputs,
    },
  });
  jobs.push(job);
  return { job, goOn: () => writeFileSync(go, '') };
}

const ledgers = (): string[] => readdirSync(join(stateDir, '0'));
const overflows = (job: Step): string[] =>
  readdirSync('/run').filter((name) => name.startsWith(`build-omi-${job.outputs()['build-id']}`));

async function started(job: Step): Promise<Running> {
  const main = job.start();
  await main.waitForLine(/^started$/);
  return main;
}

const productsOf = (job: Step): string[] => [
  job.outputs()['omi-id'] ?? '',
  job.outputs()['snapshot-id'] ?? '',
];

test.each(each)(
  'a state directory that gets %s during the build does not cost the OMI: the build, post and the next build keep it',
  async (how) => {
    const { job, goOn } = build(`finished ${how}`);
    const main = await started(job);
    await faults[how].begin();
    goOn();
    const { text } = successful(await main.ended);
    // On a disk that gets full, the ledger has space of its own.
    expect(text.includes('Ledger not updated')).toBe(how === 'read-only');
    const whole = [...before, ...productsOf(job)].sort();
    expect(await cloud.resources()).toEqual(whole);
    successful(await job.post());
    expect(await cloud.resources()).toEqual(whole);
    await faults[how].end();
    const next = step(cloud, { inputs: { 'omi-name': `after ${how}`, 'state-dir': stateDir } });
    successful(await next.main());
    expect(await cloud.resources()).toEqual([...whole, ...productsOf(next)].sort());
    expect(ledgers()).toEqual([]);
    expect(overflows(job)).toEqual([]);
    expect(inventory(cloud.folder)).toEqual(machine);
  },
);

test('a state directory that gets read-only while the OMI is registered does not cost the OMI', async () => {
  const { job, goOn } = build('registered');
  const main = await started(job);
  // Its claim and that of the snapshot are written by then, the line that makes both final is not.
  cloud.fail([{ operation: 'CreateImage', fault: 'slow', delay: 3_000 }]);
  goOn();
  await main.waitForLine(/::debug::Register OMI: started/);
  await sleep(1_000);
  await faults['read-only'].begin();
  const { text } = successful(await main.ended);
  cloud.fail([]);
  expect(text).toMatch(/::warning.*Ledger not updated/);
  const whole = [...before, ...productsOf(job)].sort();
  expect(await cloud.resources()).toEqual(whole);
  successful(await job.post());
  expect(await cloud.resources()).toEqual(whole);
  await faults['read-only'].end();
  const next = step(cloud, { inputs: { 'omi-name': 'after registered', 'state-dir': stateDir } });
  successful(await next.main());
  expect(await cloud.resources()).toEqual([...whole, ...productsOf(next)].sort());
  expect([...ledgers(), ...overflows(job)]).toEqual([]);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test.each(each)('post cleans up a killed build whose state directory is %s', async (how) => {
  const { job } = build(`killed ${how}`);
  const main = await started(job);
  await faults[how].begin();
  main.child.kill('SIGKILL');
  await main.ended;
  const start = performance.now();
  const { code, text } = await job.post();
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(performance.now() - start).toBeLessThan(60_000);
  expect(text).toMatch(/Delete volume vol-/);
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
  await faults[how].end();
});

/** Faults after which a build must undo its results and restore what they replaced. */
const refusals = {
  // Once more without the product codes of the source.
  'at its OMI': { operation: 'CreateImage', fault: 'refuse', times: 2 },
  'after its OMI': { operation: 'UpdateImage', fault: 'refuse' },
} as const;
test.each(['at its OMI', 'after its OMI'] as const)(
  'a build that fails %s cleans up everything despite a read-only state directory',
  async (when) => {
    const name = `replaced ${when}`;
    const first = step(cloud, { inputs: { 'omi-name': name, 'state-dir': stateDir } });
    successful(await first.main());
    const { job, goOn } = build(name, {
      'force-deregister': 'true',
      'force-delete-snapshot': 'true',
      'omi-account-ids': '210987654321',
    });
    const main = await started(job);
    await faults['read-only'].begin();
    cloud.fail([refusals[when]]);
    goOn();
    const { code, text } = await main.ended;
    cloud.fail([]);
    expect({ code, text }).toMatchObject({ code: 1 });
    const { Images = [] } = await cloud.api.call('ReadImages', { Filters: { ImageNames: [name] } });
    const [image] = Images;
    expect(await cloud.resources()).toEqual(
      [...before, image?.ImageId ?? '', first.outputs()['snapshot-id'] ?? ''].sort(),
    );
    expect(inventory(cloud.folder)).toEqual(machine);
    await faults['read-only'].end();
  },
);

/** An OMI of another account whose snapshot is not shared, so that a build must copy it. */
async function publishTheirs(): Promise<string> {
  const { accessKey, secretKey } = otherAccount;
  const theirs = createCloud({
    endpoint: cloud.endpoint,
    region: 'eu-west-2',
    keys: () => Promise.resolve({ accessKey, secretKey }),
    transport: createTransport(),
  });
  const foreign = await publishDisk(theirs, join(cloud.folder, 'source.img'), `foreign ${Date.now()}`);
  await theirs.call('UpdateImage', {
    ImageId: foreign,
    PermissionsToLaunch: { Additions: { GlobalPermission: true } },
  });
  return foreign;
}

test.each(['SIGINT', 'SIGKILL'] as const)(
  'the unfinished copy of a build that %s ends is removed despite a read-only state directory',
  async (signal) => {
    const { job } = build(`copied ${signal}`, { 'source-omi': await publishTheirs() });
    before = await cloud.resources();
    const main = job.start();
    await main.waitForLine(/::debug::Copy source: started/);
    // The copy is pending for as long.
    cloud.fail([{ operation: 'ReadImages', fault: 'lag', delay: 10_000, times: 10_000 }]);
    const found = /Copying source \S+ of another account as (ami-\w+)/;
    const [, copy = ''] = found.exec(await main.waitForLine(found)) ?? [];
    await faults['read-only'].begin();
    expect(await cloud.resources()).not.toEqual(before);
    main.child.kill(signal);
    const ended = await main.ended;
    const { text } = signal === 'SIGINT' ? ended : successful(await job.post());
    cloud.fail([]);
    expect(text).toContain(`Delete unfinished copy ${copy}`);
    expect(await cloud.resources()).toEqual(before);
    expect(inventory(cloud.folder)).toEqual(machine);
    await faults['read-only'].end();
  },
);

test('post cleans up resources of mount despite a read-only state directory', async () => {
  const inputs = { 'omi-name': 'mounted', 'state-dir': stateDir, hold: '1h' };
  const mount = step(cloud, { bundle: 'mount', inputs });
  jobs.push(mount);
  successful(await mount.main());
  const { 'mount-path': path = '' } = mount.outputs();
  expect(existsSync(join(path, 'etc'))).toBe(true);
  await faults['read-only'].begin();
  successful(await mount.post());
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
  await faults['read-only'].end();
});

test('the build refuses a state directory that it cannot write in its first step', async () => {
  mkdirSync(join(stateDir, '0'));
  await faults['read-only'].begin();
  const { code, text } = await step(cloud, { inputs: { 'omi-name': 'early', 'state-dir': stateDir } }).main();
  expect(code).toBe(1);
  expect(text).toMatch(/::error.*state_dir: .* cannot be written/);
  expect(await cloud.resources()).toEqual(before);
  await faults['read-only'].end();
});
