import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { loopDevices } from '../../src/emulator/storage/loop-devices.js';
import { launch, successful } from '../support/process.js';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/contributing/emulator.md'), 'utf8');

/** The commands of the quickstart, one block a terminal. */
const blocks = [
  ...(/## Quickstart\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '').matchAll(/```sh\n([\s\S]*?)```/g),
].map(([, lines = '']) => lines);

test('the quickstart of the emulator page runs as it stands, and Ctrl-C leaves nothing of the emulator', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'build-omi-page-'));
  const environment = { PATH: process.env.PATH, HOME: '/root', TMPDIR: folder };
  // The page names the program as seen from the repository; the files that its commands write are here.
  const pasted = (lines: string): string => lines.replaceAll('dist/cli.js', join(root, 'dist/cli.js'));
  const [first = '', second = '', ...others] = blocks;
  expect(others).toEqual([]);
  try {
    // Ctrl-C reaches the program and not only the shell of the terminal.
    const emulator = launch(['sh', '-c', `exec ${pasted(first)}`], environment, folder);
    await emulator.waitForLine(/^export SOURCE_OMI='ami-/);
    const { text } = successful(await launch(['sh', '-ec', pasted(second)], environment, folder).ended);
    expect(text).toContain('Hello from the emulator');
    expect(text).toMatch(/ami-[0-9a-f]{8}/);
    // A failed build that is kept leaves a disk attached.
    const kept = second.replace(' --run ', ' --on-failure keep --run "exit 1" # ').replace('first', 'second');
    expect((await launch(['sh', '-ec', pasted(kept)], environment, folder).ended).code).toBe(1);
    const ours = (): string[] => loopDevices().flatMap(({ file }) => (file.startsWith(folder) ? [file] : []));
    expect(ours()).toHaveLength(1);
    emulator.child.kill('SIGINT');
    expect((await emulator.ended).code).toBe(0);
    expect(ours()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
