import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { digestedTasks } from '../../../src/pipeline/recorded-tasks.js';
import type { Files, Script, Task } from '../../../src/steps/scripts.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const shell = (script: string): string =>
  execFileSync('sh', ['-ec', script], { cwd: folder, encoding: 'utf8' }).slice(0, 64);
const digested = async (tasks: readonly Task[]): Promise<unknown> =>
  await digestedTasks(tasks, folder, AbortSignal.timeout(60_000));
const target = { mode: undefined, owner: undefined, group: undefined };
const copies = (...sources: string[]): Files => ({
  kind: 'files',
  name: 'Copy files',
  files: sources.map((source) => ({ ...target, source, destination: '/etc/x' })),
});

test('scripts are recorded by the sha256 of their text, and the names of their variables', async () => {
  const script: Script = {
    kind: 'script',
    name: 'first.sh',
    path: 'first.sh',
    text: Buffer.from('echo hello\n'),
    env: { TOKEN: 'secret' },
    shell: undefined,
    timeout: undefined,
    maxRetries: 0,
    validExitCodes: [0],
    executeCommand: undefined,
  };
  expect(await digested([script])).toEqual([
    {
      kind: 'script',
      name: 'first.sh',
      path: 'first.sh',
      sha256: shell('echo "echo hello" | sha256sum'),
      env: ['TOKEN'],
    },
  ]);
});

test('the digests of files and directories are those of sha256sum', async () => {
  writeFileSync(join(folder, 'motd'), 'welcome\n');
  mkdirSync(join(folder, 'tree', 'b.d'), { recursive: true });
  for (const name of ['b', 'b.d/x', 'é', 'Z']) writeFileSync(join(folder, 'tree', name), name);
  symlinkSync('/etc/shadow', join(folder, 'tree', 'link'));
  const both = await digested([copies('motd', 'tree/')]);
  expect(both).toMatchObject([
    {
      files: [
        { source: 'motd', sha256: shell('sha256sum motd') },
        { sha256: shell('cd tree; find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum') },
      ],
    },
  ]);
});

test('a content of the options has a digest, a missing file and a FIFO have none', async () => {
  shell('mkfifo fifo; echo');
  const content = { ...target, content: 'welcome\n', destination: '/etc/motd' };
  const recorded = await digested([
    copies('missing', 'fifo'),
    { kind: 'files', name: 'Copy /etc/motd', files: [content] },
    { kind: 'pause', name: 'Pause', ms: 5 },
  ]);
  expect(recorded).toEqual([
    {
      kind: 'files',
      name: 'Copy files',
      files: [
        { source: 'missing', destination: '/etc/x' },
        { source: 'fifo', destination: '/etc/x' },
      ],
    },
    {
      kind: 'files',
      name: 'Copy /etc/motd',
      files: [{ destination: '/etc/motd', sha256: shell('echo welcome | sha256sum') }],
    },
    { kind: 'pause', name: 'Pause', ms: 5 },
  ]);
});
