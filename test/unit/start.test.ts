import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';

const start = resolve(import.meta.dirname, '../../dist/start.js');
const user = process.geteuid?.() ?? 0;
let state: string;
let cache: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'start-'));
  cache = join(state, `${user}.shared`, 'compile-cache');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  chmodSync(cache, 0o700);
});
afterEach(() => rmSync(state, { recursive: true }));

/** The directory that node uses as compile cache after dist/start.js. */
async function cacheDirectory(environment: Readonly<Record<string, string>>): Promise<string> {
  const text = `import module from 'node:module'; await import(${JSON.stringify(start)}); console.log(module.getCompileCacheDir?.() ?? 'none')`;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const argv = ['env', ...variables, process.execPath, '--input-type=module', '-e', text] as const;
  return (await exec([...argv])).stdout.trim();
}
const used = async (): Promise<boolean> =>
  (await cacheDirectory({ BUILD_OMI_STATE_DIR: state })).startsWith(cache);

test('node keeps what it compiles in the private directory of the user', async () => {
  expect(await used()).toBe(true);
  expect(await cacheDirectory({ 'INPUT_STATE-DIR': state })).toMatch(cache);
});

test.each<[string, () => void]>([
  ['is not there', () => rmSync(cache, { recursive: true })],
  ['can be read by others', () => chmodSync(cache, 0o755)],
  ['belongs to another user', () => chownSync(cache, 4321, 0)],
  ['is in a directory of another user', () => chownSync(state, 4321, 0)],
  ['is in a directory that others can write', () => chmodSync(state, 0o777)],
  [
    'is a link',
    () => {
      rmSync(cache, { recursive: true });
      mkdirSync(join(state, 'other'), { mode: 0o700 });
      symlinkSync(join(state, 'other'), cache);
    },
  ],
])('a directory that %s is not used', async (...[, spoil]) => {
  spoil();
  expect(await used()).toBe(false);
});
