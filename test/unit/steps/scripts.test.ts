import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { ConfigError } from '../../../src/config/kit/issues.js';
import type { BuildConfig } from '../../../src/config/options/table.js';
import { readTasks } from '../../../src/steps/scripts.js';

const workspace = mkdtempSync(join(tmpdir(), 'scripts-'));
afterAll(() => rmSync(workspace, { recursive: true }));
writeFileSync(join(workspace, 'windows.sh'), '#!/bin/sh\r\necho one\r\n');
writeFileSync(join(workspace, 'unix.sh'), 'echo two\n');
writeFileSync(join(workspace, 'marked.sh'), '\ufeffecho three\n');
writeFileSync(join(workspace, 'wide.ps1'), Buffer.from('\ufeffecho\n', 'utf16le'));
writeFileSync(join(workspace, 'program'), '\x7fELF\n\0');
mkdirSync(join(workspace, 'folder'));

const none: BuildConfig['provision'] = {
  files: [],
  scripts: [],
  run: undefined,
  shell: undefined,
  env: {},
  provisioners: undefined,
  provision_timeout: undefined,
  prevent_service_start: true,
  cache: undefined,
  cache_size: 0,
};
const read = (provision: Partial<BuildConfig['provision']>, commands: readonly string[] = []) => {
  const mount = { pre_mount_commands: [], post_mount_commands: commands };
  return readTasks({ provision: { ...none, ...provision }, mount }, workspace);
};
/** The message of the error that `work` throws. */
function messageOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return '';
}
const file = (source: string) => ({
  source,
  destination: '/x',
  mode: undefined,
  owner: undefined,
  group: undefined,
});
const own = {
  name: undefined,
  shell: undefined,
  env: {},
  timeout: undefined,
  max_retries: 0,
  valid_exit_codes: [0],
};

test('Windows line ends are converted, with one notice that names every script', () => {
  const { tasks, notices } = read({ scripts: ['windows.sh', 'unix.sh'], run: 'echo\r\n' });
  expect(tasks.map((task) => task.kind === 'script' && task.text.toString())).toEqual([
    '#!/bin/sh\necho one\n',
    'echo two\n',
    'echo\n',
  ]);
  expect(notices).toEqual(['Converted Windows line ends to Unix line ends in windows.sh, run']);
  const second = read({
    provisioners: [
      { kind: 'script', script: 'windows.sh', ...own },
      { kind: 'run', run: 'a\r\n', ...own },
    ],
  });
  expect(second.notices).toEqual([
    'Converted Windows line ends to Unix line ends in windows.sh, provisioners, item 2, run',
  ]);
});

test('scripts of a Packer template are converted unless they are binary', () => {
  const { tasks, notices } = read({
    provisioners: [
      { kind: 'script', script: 'windows.sh', ...own, binary: false },
      { kind: 'script', script: 'windows.sh', ...own, binary: true },
      { kind: 'script', script: 'program', ...own, binary: true },
      { kind: 'run', run: 'a\r\n', ...own, binary: true },
    ],
  });
  expect(tasks.map((task) => task.kind === 'script' && task.text.toString())).toEqual([
    '#!/bin/sh\necho one\n',
    '#!/bin/sh\r\necho one\r\n',
    '\x7fELF\n\0',
    'a\r\n',
  ]);
  expect(notices).toEqual(['Converted Windows line ends to Unix line ends in windows.sh']);
});

test('scripts that need no conversion give no notice', () => {
  expect(read({ scripts: ['unix.sh'], run: 'true' })).toMatchObject({ notices: [], warnings: [] });
});

test('one error lists every script that cannot be run and every file that cannot be copied', () => {
  const broken = {
    files: [file('absent'), file('/dev/null'), file('folder'), file('folder/'), file('unix.sh')],
    scripts: ['marked.sh', 'wide.ps1', 'program', 'missing.sh', 'folder', 'unix.sh'],
    run: '\ufefftrue',
  };
  const expected = [
    'Invalid configuration, 8 problems:',
    '  files: absent does not exist; write the path of a file of this VM',
    '  files: /dev/null is not a regular file or directory; write the path of a file of this VM',
    '  scripts: marked.sh starts with a UTF-8 byte order mark (line 1); save it as UTF-8 text without a byte order mark',
    '  scripts: wide.ps1 is encoded in UTF-16 (line 1); save it as UTF-8 text without a byte order mark',
    '  scripts: program contains a NUL byte in line 2; write text; copy a program with files and start it from a script',
    `  scripts: missing.sh cannot be read (ENOENT: no such file or directory, stat '${workspace}/missing.sh'); write the path of a file of this VM`,
    '  scripts: folder cannot be read (it is a directory); write the path of a file of this VM',
    '  run: starts with a UTF-8 byte order mark (line 1); save it as UTF-8 text without a byte order mark',
  ].join('\n');
  expect(messageOf(() => read(broken)).replace('(Error: ', '(')).toBe(expected);
});

test('one error lists the same problems of provisioners, by item', () => {
  const provisioners = [
    { kind: 'file', file: file('absent'), ...own },
    { kind: 'script', script: 'wide.ps1', ...own },
    { kind: 'run', run: 'a\0b', ...own },
  ] as const;
  expect(() => read({ provisioners: [...provisioners] })).toThrow(
    /3 problems:\n {2}provisioners, item 1, file: absent does not exist; .*\n {2}provisioners, item 2, script: wide.ps1 is encoded in UTF-16.*\n {2}provisioners, item 3, run: is encoded in UTF-16/,
  );
});

test('a file that a command may still create gives a warning; a script that cannot be read is an error', () => {
  const { warnings } = read({ files: [file('absent')] }, ['touch absent']);
  expect(warnings).toEqual([
    'files: absent does not exist. The build fails unless a pre- or post-mount command creates it.',
  ]);
  expect(() => read({ scripts: ['missing.sh'] }, ['touch missing.sh'])).toThrow('missing.sh cannot be read');
});
