import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const source = resolve(import.meta.dirname, '../../src');

/** The files in which a pattern occurs, without comments. */
const filesWith = (pattern: RegExp): string[] =>
  globSync('**/*.ts', { cwd: source })
    .filter((file) => {
      const text = readFileSync(join(source, file), 'utf8');
      return pattern.test(text.replace(/^ *(\/?\*.*|\/\/.*)$/gm, ''));
    })
    .sort();

test('nsenter is started in one place: the namespaces that the build has made itself', () => {
  // programs.ts lists what a VM must have.
  expect(filesWith(/nsenter/)).toEqual(['host/exec/programs.ts', 'host/sandbox/namespaces.ts']);
});

test('setns(2) is called in three places, and a program is started after it in one of them', () => {
  const entering = filesWith(/syscalls\(\)\.setns|\bsetns\b.*fileno/);
  expect(entering).toEqual([
    'host/mount/normalize.ts',
    'host/mount/unmount-inside.ts',
    'host/sandbox/launch.ts',
  ]);
  const starting = entering.filter((file) => {
    const [, ...after] = readFileSync(join(source, file), 'utf8').split('.setns}');
    return /\b(exec \{|exec '|system\b|qx|open\(.*'-\||require\b)/.test(after.join('').split('`;')[0] ?? '');
  });
  // In the namespaces of the build's own holder, whose start time is compared.
  expect(starting).toEqual(['host/sandbox/launch.ts']);
});

test('no mount is taken for one of a disk by the text of its source, but where the kernel writes that text', () => {
  expect(filesWith(/\bsource\b.*\/dev\/\$\{|source\.startsWith\(`\/dev/)).toEqual([
    'host/disk/mounts-of-disk.ts',
  ]);
});

test('files of other processes are looked at only by a child process that can be abandoned', () => {
  const touching = filesWith(
    /(?:statSync|openSync|existsSync|statfsSync|realpathSync)\(`\/proc\/\$\{[^}]*\}\/(?:root|cwd|exe|fd|map_files)/,
  );
  expect(touching).toEqual([]);
});
