import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ImageTree } from '../../../../src/host/image/image-fs.js';
import { seed } from '../../../support/seed.js';

let work: string;
let image: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
  image = join(work, 'image');
  mkdirSync(image);
});
afterEach(() => rmSync(work, { recursive: true }));

/**
 * Resolves paths inside an image with openat2(2), RESOLVE_IN_ROOT (0x10) and O_PATH. Prints the inode number
 * or the errno of each. The system call has the number 437 on every architecture.
 */
const oracle = `
  use Fcntl;
  my ($root, @paths) = @ARGV;
  opendir(my $folder, $root) or die "$!\\n";
  for my $path (@paths) {
    my $how = pack('QQQ', 010000000, 0, 0x10);
    my $opened = syscall(437, fileno($folder), $path, $how, length($how));
    # EAGAIN: a rename or mount anywhere on the machine may have raced with a ".." (openat2(2)).
    redo if $opened < 0 && $! == 11;
    if ($opened < 0) { print 'errno ', $! + 0, "\\n"; next; }
    open(my $file, '<&=', $opened);
    print((stat("/proc/self/fd/$opened"))[1], "\\n");
  }`;
const kernelSays = (paths: readonly string[]): string[] =>
  execFileSync('perl', ['-e', oracle, '--', image, ...paths], { encoding: 'utf8' })
    .trim()
    .split('\n');

const names = ['a', 'b', 'c', '..', '.', '', 'nope'] as const;

/** Creates a random tree of directories, files and links, reproducible from the seed. */
function makeTree(random: () => number): string[] {
  const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(random() * list.length)] ?? list[0];
  const text = (): string => {
    const parts = Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(names));
    return `${random() < 0.5 ? '/' : ''}${parts.join('/')}` || '.';
  };
  const folders: [string, ...string[]] = [''];
  for (let count = 0; count < 12; count += 1) {
    const path = `${pick(folders)}/${pick(['a', 'b', 'c', 'd'])}`;
    try {
      const kind = random();
      if (kind < 0.4) {
        mkdirSync(join(image, path));
        folders.push(path);
      } else if (kind < 0.9) symlinkSync(text(), join(image, path));
      // Not through a link, which may lead out of the tree.
      else writeFileSync(join(image, path), '', { flag: 'wx' });
    } catch {
      // The name already exists.
    }
  }
  return Array.from({ length: 60 }, text);
}

/** Mulberry32: numbers from 0 to 1. */
function numbers(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('resolves paths like openat2(2), also after missing directories, to paths without links and `..`', () => {
  const random = numbers(seed);
  let gaps = 0;
  for (let round = 0; round < 40; round += 1) {
    rmSync(image, { recursive: true });
    mkdirSync(image);
    const paths = makeTree(random);
    const tree = new ImageTree(image);
    const said = kernelSays(paths);
    for (const [index, path] of paths.entries()) {
      const what = `${path} (seed ${seed}, round ${round})`;
      const expected = said[index] ?? '';
      const found = attempt(() => tree.stat(path)?.ino.toString() ?? 'errno 2');
      // ENOTDIR and ELOOP.
      expect([what, found]).toEqual([what, /^errno (20|40)$/.test(expected) ? 'refused' : expected]);
      const resolved = attempt(() => tree.resolve(path));
      if (resolved === 'refused') {
        gaps += expected === 'errno 2' ? 1 : 0;
        continue;
      }
      expect(resolved.split('/')).not.toContain('..');
      if (/^\d+$/.test(expected)) expect([what, kernelSays([resolved])]).toEqual([what, [expected]]);
    }
  }
  expect(gaps).toBeGreaterThan(10);
});

const attempt = (probe: () => string): string => {
  try {
    return probe();
  } catch {
    return 'refused';
  }
};

test.each([
  ['/nope/../../../../etc', []],
  ['/link/x', ['link', 'nope/../../../etc']],
  ['/link', ['link', '/nope/../../../etc']],
] as const)('%s cannot be resolved, and no file or directory is created', (path, link) => {
  const [name, to] = link;
  if (name !== undefined && to !== undefined) symlinkSync(to, join(image, name));
  const tree = new ImageTree(image);
  const message = /`\.\.` follows a directory that does not exist in the image/;
  expect(() => tree.resolve(path)).toThrow(message);
  expect(() => tree.makeFolders(path)).toThrow(message);
  expect([tree.stat(path), tree.read(path), tree.list(path)]).toEqual([undefined, undefined, []]);
  tree.removeIfEmpty(path);
  expect(() => tree.create(path, '', { uid: 0, gid: 0, mode: 0o644 })).toThrow();
});
