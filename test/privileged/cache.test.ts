import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { clearCaches, removeCacheCopies } from '../../src/fleet/cache/clear.js';
import { type CacheCopy, copyCache } from '../../src/fleet/cache/copy.js';
import { type CacheFolder, openCacheFolder } from '../../src/fleet/cache/folder.js';
import { type CacheMount, mountCaches } from '../../src/host/chroot/cache-mounts.js';
import { endGroup, exec, start } from '../../src/host/exec/exec.js';
import { mountsIn } from '../../src/host/proc/mountinfo.js';
import { makeCanary } from '../support/canary.js';
import { type TestDisk, testDisk, testSandbox } from '../support/test-disk.js';

const mib = 2 ** 20;
const size = 16 * mib;
const key = 'a'.repeat(32);
const root = { uid: 0, gid: 0, name: 'root', home: '/root' };
const lists = [{ name: 'lists', path: '/var/lib/lists' }];
const signal = AbortSignal.timeout(60_000);

let builds = 0;
const copyFor = async (folder: CacheFolder, of = key, bytes = size): Promise<CacheCopy> => {
  builds += 1;
  return await copyCache(folder, { key: of, build: `build${builds}`, size: bytes, signal });
};

/** What a build shows that uses a copy in an image: the output of its script, and the mounts of the copy. */
async function use(
  disk: TestDisk,
  copy: CacheCopy,
  script: string,
  mounts: readonly CacheMount[] = lists,
): Promise<{ lines: readonly string[]; code: number | null; options: string[] }> {
  await using on = await testSandbox(disk);
  const device = basename(
    mountsIn(on.sandbox.pid).findLast(({ target }) => target === on.mountPath)?.source ?? '',
  );
  const tree = await on.enter();
  const { targets } = await mountCaches({ sandbox: on.sandbox, tree, signal }, device, copy.file, mounts);
  const options = mountsIn(on.sandbox.pid).flatMap((mount) =>
    targets.includes(mount.target) ? [[...mount.options].toSorted().join(',')] : [],
  );
  const { lines, code } = await on.run(script);
  return { lines, code, options };
}

/** Runs a build whose state is kept. */
async function build(disk: TestDisk, folder: CacheFolder, script: string): Promise<readonly string[]> {
  using copy = await copyFor(folder);
  const { lines, code } = await use(disk, copy, script);
  expect({ lines, code }).toMatchObject({ code: 0 });
  await copy.save();
  return lines;
}

const opened = async (): Promise<{ disk: TestDisk; directory: string; folder: CacheFolder } & Disposable> => {
  const disk = await testDisk();
  const directory = join(disk.folder, 'state');
  mkdirSync(directory);
  const folder = openCacheFolder(directory, 12_345);
  const end = (): void => {
    folder[Symbol.dispose]();
    disk[Symbol.dispose]();
  };
  return { disk, directory, folder, [Symbol.dispose]: end };
};

test('a loop device that another program has left read-only is used', async () => {
  using at = await opened();
  using copy = await copyFor(at.folder);
  await using on = await testSandbox(at.disk);
  const device = basename(
    mountsIn(on.sandbox.pid).findLast(({ target }) => target === on.mountPath)?.source ?? '',
  );
  const tree = await on.enter();
  const file = join(at.directory, 'another');
  writeFileSync(file, Buffer.alloc(mib));
  const free = (await exec(['losetup', '--find', '--show', file])).stdout.trim();
  await exec(['blockdev', '--setro', free]);
  await exec(['losetup', '--detach', free]);
  await mountCaches({ sandbox: on.sandbox, tree, signal }, device, copy.file, lists);
  expect(await on.run('echo one > /var/lib/lists/file')).toMatchObject({ code: 0 });
});

test('a build sees the state that the last one left, nosuid and nodev, with the owner of the directory', async () => {
  using at = await opened();
  await at.disk.change(
    'mkdir -p var/lib/lists; chown 42:43 var/lib/lists; chmod 750 var/lib/lists; echo old > var/lib/lists/own',
  );
  const before = await at.disk.inspect();
  const attack = `
    cd /var/lib/lists; ls -A; stat -c '%u:%g %a' .; echo one > file; ln -s /etc/passwd link
    cp /bin/busybox setuid; chmod 4755 setuid; busybox mknod null c 1 3`;
  expect(await build(at.disk, at.folder, attack)).toEqual(['42:43 750']);
  using copy = await copyFor(at.folder);
  expect(copy.found).toBeGreaterThan(0);
  const { lines, options } = await use(
    at.disk,
    copy,
    'cd /var/lib/lists; cat file; readlink link; cat null 2> err || echo no device',
  );
  expect(lines).toEqual(['one', '/etc/passwd', 'no device']);
  expect(options).toEqual([expect.stringMatching(/nodev.*nosuid/)]);
  expect(await at.disk.inspect()).toEqual(before);
});

test('other keys see nothing of it, and no other user can enter the directory', async () => {
  using at = await opened();
  await build(at.disk, at.folder, 'echo secret > /var/lib/lists/file');
  using other = await copyFor(at.folder, 'b'.repeat(32));
  expect(other.found).toBe(0);
  expect((await use(at.disk, other, 'ls -A /var/lib/lists')).lines).toEqual([]);
  const { uid, mode } = statSync(join(at.directory, '12345.cache'));
  expect([uid, mode & 0o777]).toEqual([0, 0o700]);
});

test('a path through a link of the image stays in the image', async () => {
  using at = await opened();
  const canary = makeCanary(at.disk.folder);
  const before = await canary.inspect();
  for (const target of [canary.path, `../../../../../..${canary.path}`]) {
    await at.disk.change(`mkdir -p var/lib; rm -rf var/lib/lists; ln -s ${target} var/lib/lists`);
    using copy = await copyFor(at.folder);
    const { lines } = await use(at.disk, copy, `echo in > /var/lib/lists/in; ls ${canary.path}`);
    expect(lines).toEqual(['in']);
  }
  expect(await canary.inspect()).toBe(before);
});

test.each([
  ['the root of the image', 'ln -s / var/lib/lists', [], /is not on the disk of the image/],
  ['/proc', 'ln -s ../../proc var/lib/lists', ['proc'], /is not on the disk of the image/],
  ['a file', 'echo > var/lib/lists', [], /var.lib.lists is not a directory/],
  [
    'another one',
    'ln -s ../cache var/lib/lists',
    [],
    /is \/var\/cache in the image, which overlaps \/var\/cache/,
  ],
])('a directory that is %s in the image is refused', async (...[, change, mounted, message]) => {
  using at = await opened();
  await at.disk.change(`mkdir -p var/lib var/cache; rm -rf var/lib/lists; ${change}`);
  using copy = await copyFor(at.folder);
  await using on = await testSandbox(at.disk);
  const device = basename(
    mountsIn(on.sandbox.pid).findLast(({ target }) => target === on.mountPath)?.source ?? '',
  );
  for (const type of mounted)
    await exec(on.sandbox.inside(['mount', '-t', type, type, `${on.mountPath}/${type}`]));
  const tree = await on.enter();
  const into = { sandbox: on.sandbox, tree, signal };
  const mounts = [{ name: 'cache', path: '/var/cache' }, ...lists];
  await expect(mountCaches(into, device, copy.file, mounts)).rejects.toThrow(message);
});

test('a full cache is an error of the write, and the next build removes the oldest files, not targets of links', async () => {
  using at = await opened();
  const outside = join(at.disk.folder, 'outside');
  writeFileSync(outside, 'stays');
  const script = (text: string): string => `cd /var/lib/lists; ${text}`;
  const filled = (name: string, mebibytes: number): string =>
    `busybox yes | head -c ${mebibytes * mib} > ${name}`;
  await build(
    at.disk,
    at.folder,
    script(`ln -s ${outside} link; sleep 1.1; ${filled('first', 5)}; sleep 1.1; ${filled('second', 5)}`),
  );
  {
    using copy = await copyFor(at.folder);
    const { lines } = await use(
      at.disk,
      copy,
      script(`ls; if ${filled('third', 20)} 2> /root/err; then echo fits; fi; busybox stat -c %s third`),
    );
    expect(lines).toEqual(['second', expect.any(String)]);
    expect(Number(lines.at(-1))).toBeLessThan(12 * mib);
    await copy.save();
  }
  expect(readFileSync(outside, 'utf8')).toBe('stays');
  const [state = ''] = readdirSync(at.folder.path);
  expect(statSync(join(at.folder.path, state)).blocks * 512).toBeLessThanOrEqual(size);
});

test('the oldest states are removed beyond the limit, and a link among them alone', async () => {
  using at = await opened();
  const outside = join(at.disk.folder, 'outside');
  writeFileSync(outside, 'stays');
  const keys = ['1', '2', '3'].map((one) => one.repeat(32));
  for (const one of keys) {
    using copy = await copyFor(at.folder, one);
    await use(at.disk, copy, 'busybox yes | head -c 7000000 > /var/lib/lists/file');
    await copy.save();
  }
  expect(readdirSync(at.folder.path).toSorted()).toEqual(keys.slice(1).map((one) => `${one}.ext4`));
  symlinkSync(outside, join(at.folder.path, `${'4'.repeat(32)}.ext4`));
  using linked = await copyFor(at.folder, '4'.repeat(32));
  expect(linked.found).toBe(0);
  expect(await clearCaches(at.directory, { ...root, uid: 12_345 })).toMatchObject({ count: 3 });
  expect(readdirSync(at.folder.path)).toEqual([expect.stringMatching(/\.work$/)]);
  expect(readFileSync(outside, 'utf8')).toBe('stays');
});

test('a build that is not kept changes nothing, and leaves nothing', async () => {
  using at = await opened();
  await build(at.disk, at.folder, 'echo good > /var/lib/lists/file');
  {
    using copy = await copyFor(at.folder);
    await use(at.disk, copy, 'echo bad > /var/lib/lists/file');
  }
  expect(readdirSync(at.folder.path)).toEqual([`${key}.ext4`]);
  expect(await build(at.disk, at.folder, 'cat /var/lib/lists/file')).toEqual(['good']);
});

test('a copy that is still mounted, or a damaged state, is not used', async () => {
  using at = await opened();
  await build(at.disk, at.folder, 'echo good > /var/lib/lists/file');
  const state = join(at.folder.path, `${key}.ext4`);
  // s_state of the superblock: 2 has errors.
  await exec(['sh', '-c', 'printf "\\002" | dd of="$0" bs=1 seek=1082 conv=notrunc status=none', state]);
  using copy = await copyFor(at.folder);
  expect(copy.found).toBe(0);
  using smaller = await copyFor(at.folder, key, 2 * size);
  expect(smaller.found).toBe(0);
});

test('the copy of a killed build goes, that of a running build stays', async () => {
  using at = await opened();
  using running = await copyFor(at.folder);
  const killed = start(
    [
      'perl',
      '-e',
      'open(my $f, ">", $ARGV[0]); flock($f, 1); $| = 1; print "x"; sleep 60',
      join(at.directory, '12345.cache', `${key}.killed.work`),
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await new Promise((resolve) => killed.stdout?.once('data', resolve));
  const names = (): string[] => readdirSync(at.folder.path).toSorted();
  await removeCacheCopies(at.directory, root);
  expect(names()).toEqual([`${key}.build${builds}.work`, `${key}.killed.work`]);
  const ended = new Promise((resolve) => killed.once('exit', resolve));
  endGroup(killed);
  await ended;
  await removeCacheCopies(at.directory, root);
  expect(names()).toEqual([`${key}.build${builds}.work`]);
  expect(running.found).toBe(0);
});

test('a directory of another user, or a link, is refused', async () => {
  using at = await opened();
  const path = join(at.directory, '7.cache');
  symlinkSync(at.disk.folder, path);
  expect(() => openCacheFolder(at.directory, 7)).toThrow();
  rmSync(path);
  mkdirSync(path, { mode: 0o755 });
  expect(() => openCacheFolder(at.directory, 7)).toThrow(/not a private directory of root/);
});
