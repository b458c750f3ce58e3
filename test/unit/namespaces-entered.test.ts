import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const source = resolve(import.meta.dirname, '../../src');

/** The source files that contain a pattern outside comments. */
const filesWith = (pattern: RegExp): string[] =>
  globSync('**/*.ts', { cwd: source })
    .filter((file) => {
      const text = readFileSync(join(source, file), 'utf8');
      return pattern.test(text.replace(/^ *(\/?\*.*|\/\/.*)$/gm, ''));
    })
    .sort();

test('only host/sandbox/namespaces.ts starts nsenter, for namespaces that the build created', () => {
  // programs.ts lists the programs that a VM must have.
  expect(filesWith(/nsenter/)).toEqual(['host/exec/programs.ts', 'host/sandbox/namespaces.ts']);
});

test('four files call setns(2), and only launch.ts and attached.ts start a program afterwards', () => {
  const entering = filesWith(/syscalls\(\)\.setns|\bsetns\b.*fileno/);
  expect(entering).toEqual([
    'host/chroot/cache-mounts.ts',
    'host/mount/normalize.ts',
    'host/mount/unmount-inside.ts',
    'host/sandbox/launch.ts',
  ]);
  const starting = entering.filter((file) => {
    const [, ...after] = readFileSync(join(source, file), 'utf8').split('.setns}');
    return /\b(exec \{|exec '|system\b|qx|open\(.*'-\||require\b)/.test(after.join('').split('`;')[0] ?? '');
  });
  expect(starting).toEqual([]);
  // Its code enters the namespaces of the holder of the build, and compares the start time of the holder.
  expect(filesWith(/\benter\(\)/)).toEqual(['host/sandbox/attached.ts', 'host/sandbox/launch.ts']);
});

test('only host/disk/mounts-of-disk.ts identifies mounts of a disk by the source field', () => {
  expect(filesWith(/\bsource\b.*\/dev\/\$\{|source\.startsWith\(`\/dev/)).toEqual([
    'host/disk/mounts-of-disk.ts',
  ]);
});

test('no source accesses files of other processes in the main process, where a hung filesystem would block it', () => {
  const touching = filesWith(
    /(?:statSync|openSync|existsSync|statfsSync|realpathSync)\(`\/proc\/\$\{[^}]*\}\/(?:root|cwd|exe|fd|map_files)/,
  );
  expect(touching).toEqual([]);
});
