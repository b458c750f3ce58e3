import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { ImageTree } from '../../src/host/image/image-fs.js';
import { bindAt, mountAt, mountFlags, protectProcAt, remountAt } from '../../src/host/image/mount-at.js';
import { openInside } from '../../src/host/image/open-inside.js';
import { mountsIn } from '../../src/host/proc/mountinfo.js';
import { processesInNamespace } from '../../src/host/proc/namespace-processes.js';
import { ownPerlNamed } from '../../src/host/proc/processes.js';
import { endNamespace, type Namespace, startNamespace } from '../../src/host/sandbox/namespaces.js';

const signal = AbortSignal.timeout(60_000);
let folder: string;
let sandbox: Namespace;
let tree: ImageTree;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
  for (const name of ['a', 'a/b', 'c', 'proc']) mkdirSync(join(folder, name));
  sandbox = await startNamespace('test').open();
  tree = new ImageTree(`${sandbox.root}${folder}`);
});
afterAll(async () => {
  await endNamespace(sandbox.holder, 'test', signal);
  rmSync(folder, { recursive: true });
});

const mountAtPath = (path: string) =>
  mountsIn(sandbox.pid).findLast(({ target }) => target === `${folder}${path}`);

test('PID 1 makes all mounts, each on what was opened after its start, also inside the last one', async () => {
  {
    await using mounter = sandbox.mounter(signal);
    for (const path of ['/a', '/a/b']) {
      tree.makeFolders(path);
      using opened = openInside(tree, path);
      await mountAt(mounter, opened, {
        type: 'tmpfs',
        source: `the source\nof ${path}`,
        options: ['mode=700'],
      });
    }
    expect(processesInNamespace(sandbox.holder)).toEqual([]);
    using inner = openInside(tree, '/a/b');
    using target = openInside(tree, '/c');
    await bindAt(mounter, target, inner);
    using bound = openInside(tree, '/c');
    await remountAt(mounter, bound, mountFlags.ro | mountFlags.nosuid);
  }
  expect(processesInNamespace(sandbox.holder)).toEqual([]);
  expect(mountAtPath('/a/b')?.source).toContain('the source');
  expect(mountAtPath('/c')?.options).toEqual(expect.arrayContaining(['ro', 'nosuid']));
  // The namespace of the VM has none of them.
  expect(mountsIn(process.pid).filter(({ target }) => target.startsWith(folder))).toEqual([]);
});

test('a path that becomes a symbolic link after it was opened does not redirect a mount', async () => {
  mkdirSync(join(folder, 'opened'));
  await using mounter = sandbox.mounter(signal);
  using opened = openInside(tree, '/opened');
  rmSync(join(folder, 'opened'), { recursive: true });
  symlinkSync('/etc', join(folder, 'opened'));
  await expect(mountAt(mounter, opened, { type: 'tmpfs', source: 'none' })).rejects.toThrow(
    'mount(2) of none (tmpfs) failed: No such file or directory',
  );
  expect(mountsIn(sandbox.pid).filter(({ target }) => target === '/etc')).toEqual([]);
});

test('an error of mount(2) is that of its own mount, and the next one is made', async () => {
  await using mounter = sandbox.mounter(signal);
  using proc = openInside(tree, '/proc');
  await expect(mountAt(mounter, proc, { type: 'no-such-type', source: 'none' })).rejects.toThrow(
    'mount(2) of none (no-such-type) failed: No such device',
  );
  await expect(bindAt(mounter, proc, '/no/such/path')).rejects.toThrow(
    'bind mount of /no/such/path failed: No such file or directory',
  );
  await expect(remountAt(mounter, proc, mountFlags.ro)).rejects.toThrow(
    'remount of /proc failed: Invalid argument',
  );
  await mountAt(mounter, proc, { type: 'proc', source: 'proc' });
  using mounted = openInside(tree, '/proc');
  await expect(protectProcAt(mounter, mounted, ['sys', 'missing'])).rejects.toThrow(
    '/proc cannot be made read-only: No such file or directory',
  );
  expect(mountAtPath('/proc/sys')?.options).toContain('ro');
});

test('after the pivot nothing is mounted any more', async () => {
  const own = await startNamespace('test').open();
  try {
    await exec(own.inside(['mount', '-t', 'tmpfs', 'x', join(folder, 'c')]));
    await using mounter = own.mounter(signal);
    using before = openInside(new ImageTree(`${own.root}${folder}/c`), '/');
    await own.pivot(join(folder, 'c'));
    await expect(mountAt(mounter, before, { type: 'tmpfs', source: 'none' })).rejects.toThrow(
      'mount(2) of none (tmpfs) failed: No such file or directory',
    );
  } finally {
    await endNamespace(own.holder, 'test', signal);
  }
});

test('a start that is never asked to open namespaces ends with its block, and has none', async () => {
  {
    await using _start = startNamespace('never opened');
    while (ownPerlNamed('never opened').length === 0) await sleep(5);
    const [pid = 0, ...others] = ownPerlNamed('never opened');
    expect(others).toEqual([]);
    expect(readlinkSync(`/proc/${pid}/ns/mnt`)).toBe(readlinkSync('/proc/self/ns/mnt'));
  }
  expect(ownPerlNamed('never opened')).toEqual([]);
});

test('SIGTERM, which a service manager sends to each process, does not end the namespaces', async () => {
  const own = await startNamespace('stopped').open();
  try {
    for (const pid of ownPerlNamed('stopped')) process.kill(pid, 'SIGTERM');
    await own.setHostName('still-there');
    expect(ownPerlNamed('stopped')).toHaveLength(2);
  } finally {
    await endNamespace(own.holder, 'stopped', signal);
  }
});

test('an abort ends the process', async () => {
  const abort = new AbortController();
  await using mounter = sandbox.mounter(abort.signal);
  using opened = openInside(tree, '/a');
  abort.abort(new Error('cancelled'));
  await expect(mountAt(mounter, opened, { type: 'tmpfs', source: 'none' })).rejects.toThrow('cancelled');
});
