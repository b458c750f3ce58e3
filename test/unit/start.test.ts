import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { exec, type Finished } from '../../src/host/exec/exec.js';

const start = resolve(import.meta.dirname, '../../dist/start.js');
const user = process.geteuid?.() ?? 0;
let state: string;
let cache: string;
/** Has start.js, an entry and a program. */
let dist: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'start-'));
  cache = join(state, `${user}.shared`, 'compile-cache');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  chmodSync(cache, 0o700);
  dist = join(state, 'dist');
  mkdirSync(dist);
  writeFileSync(join(dist, 'package.json'), '{"type":"commonjs"}');
  copyFileSync(start, join(dist, 'start.js'));
  writeFileSync(
    join(dist, 'index.js'),
    `const { load, run } = require('./start.js');\nrun(load('./program.js').main);\n`,
  );
});
afterEach(() => rmSync(state, { recursive: true }));

const program = (text: string): void => writeFileSync(join(dist, 'program.js'), `"use strict";${text}`);

/** A program that is still running when its compiled code is kept. */
const long =
  "exports.main = async () => { await new Promise((end) => setTimeout(end, 2500)); console.log('A') };";

/** Lets timers end after a twentieth of their time. */
const hurry = `data:text/javascript,${encodeURIComponent('const later = setTimeout; globalThis.setTimeout = (work, ms) => later(work, ms / 20)')}`;

/** Runs the entry of dist/. */
async function runEntry(
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<Finished> {
  const variables = Object.entries({ BUILD_OMI_STATE_DIR: state, ...environment });
  const settings = variables.map(([name, value]) => `${name}=${value}`);
  const argv = [
    'env',
    ...settings,
    process.execPath,
    '--import',
    hurry,
    join(dist, 'index.js'),
    ...args,
  ] as const;
  return await exec([...argv], { answers: [1, 13] });
}

test('compiled code is kept in the private directory of the user, and used by the next start', async () => {
  program(long);
  expect((await runEntry()).stdout.trim()).toBe('A');
  const [name = '', ...more] = readdirSync(cache);
  expect(name).toMatch(new RegExp(`^program\\.js-[0-9a-f]{32}-${process.version}-${process.arch}$`));
  expect(more).toEqual([]);
  // V8 does not compare the text with its compiled code, so that a replaced one is proof of its use.
  const compiled = readFileSync(join(cache, name));
  program(long.replace("'A'", "'B'"));
  expect((await runEntry()).stdout.trim()).toBe('B');
  const other = readdirSync(cache).find((one) => one !== name) ?? '';
  writeFileSync(join(cache, other), compiled);
  expect((await runEntry()).stdout.trim()).toBe('A');
});

test.each<[string, (path: string, content: Buffer) => void]>([
  ['was cut', (path) => truncateSync(path, 100)],
  [
    'has another byte',
    (path, content) => {
      content.writeUInt8(255 - (content.at(-9) ?? 0), content.length - 9);
      writeFileSync(path, content);
    },
  ],
])('compiled code that %s is replaced', async (...[, damage]) => {
  program(long);
  await runEntry({ BUILD_OMI_STATE_DIR: '', 'INPUT_STATE-DIR': state });
  const [name = ''] = readdirSync(cache);
  const compiled = readFileSync(join(cache, name));
  damage(join(cache, name), Buffer.from(compiled));
  expect((await runEntry()).stdout.trim()).toBe('A');
  const replaced = readFileSync(join(cache, name));
  const digest = createHash('sha256').update(replaced.subarray(32)).digest();
  expect(replaced.subarray(0, 32).equals(digest)).toBe(true);
});

test.each([[['--state-dir']], [['build', '--state-dir=']]])(
  'the state directory may be a flag: %j',
  async (flags) => {
    program(long);
    const last = flags.at(-1) ?? '';
    const args = last.endsWith('=') ? [...flags.slice(0, -1), `${last}${state}`] : [...flags, state];
    await runEntry({ BUILD_OMI_STATE_DIR: '/nonexistent' }, args);
    expect(readdirSync(cache)).toHaveLength(1);
  },
);

test('the functions that a build has called until its work on the VM is done are kept', async () => {
  const worker = `const work = () => { ${'console.log(1);'.repeat(200)} };`;
  const sizeWith = async (last: string): Promise<number> => {
    program(`${worker}
      exports.main = async () => {
        await new Promise((end) => setTimeout(end, 2500));
        work();
        ${last}
      };`);
    await runEntry();
    const [name = ''] = readdirSync(cache);
    const { size } = statSync(join(cache, name));
    rmSync(join(cache, name));
    return size;
  };
  const later = await sizeWith(
    "require('node:diagnostics_channel').channel('build-omi:work-done').publish()",
  );
  expect(later).toBeGreaterThan((await sizeWith('')) + 1000);
});

test('a command that ends at once keeps nothing', async () => {
  program('exports.main = async () => {}');
  expect((await runEntry()).code).toBe(0);
  expect(readdirSync(cache)).toEqual([]);
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
  program(long);
  spoil();
  expect((await runEntry()).stdout.trim()).toBe('A');
  expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([]);
});

test.each([
  ['ends', 'async () => {}', 0],
  ['fails', "async () => { throw new Error('no') }", 1],
  ['waits for nothing', 'async () => await new Promise(() => {})', 13],
  ['exits while it waits', 'async () => { process.exit(0) }', 0],
])('the exit code of a program that %s', async (...[, main, code]) => {
  program(`exports.main = ${main}`);
  expect((await runEntry()).code).toBe(code);
});

test('errors name the lines of the program, and its parts are loaded in the same way', async () => {
  writeFileSync(join(dist, 'part.js'), "exports.fail = () => {\n  throw new Error('no') }");
  program("exports.main = async () => { require('./part.js').fail() }");
  const { stderr } = await runEntry();
  expect(stderr).toContain(`${join(dist, 'part.js')}:2`);
  expect(stderr).toMatch(/program\.js:1:\d+/);
});

/** A WebAssembly function that counts down from its argument, called until V8 optimizes it. */
const hot = `
  const bytes = [0,97,115,109,1,0,0,0,1,6,1,96,1,127,1,127,3,2,1,0,7,5,1,1,102,0,0,10,18,1,16,0,3,64,32,0,65,1,107,34,0,13,0,11,32,0,11];
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes))).exports;
  for (let i = 0; i < 300; i++) f(1000000);
  await new Promise((end) => setTimeout(end, 500));`;

/** Makes so many buffers that V8 looks for those that can be freed. */
const large = `
  const kept = [];
  for (let i = 0; i < 200; i++) {
    kept.push(new ArrayBuffer(2 ** 20));
    await new Promise(setImmediate);
  }`;

test.each([
  ['optimize WebAssembly', '--trace-wasm-compilation-times', hot, 'using TurboFan'],
  ['mark what is in use while it runs', '--trace-incremental-marking', large, '[IncrementalMarking] Start'],
])('V8 does not %s', async (_, flag, work, trace) => {
  program(`exports.main = async () => {${work}}`);
  writeFileSync(join(dist, 'plain.js'), "require('./program.js').main()");
  const traced = async (file: string): Promise<string> =>
    (await exec([process.execPath, flag, join(dist, file)])).stdout;
  expect(await traced('plain.js')).toContain(trace);
  expect(await traced('index.js')).not.toContain(trace);
});

test('starts at the same time take turns, without those that have ended', async () => {
  const turns = join(state, `${user}.shared`, 'start-turns');
  mkdirSync(turns, { mode: 0o700 });
  program('exports.main = async () => { console.log(Date.now()) }');
  // Old turns are removed.
  writeFileSync(join(turns, '1'), '');
  const slot = 120 / availableParallelism();
  const count = Math.ceil(1500 / slot);
  const now = Math.floor(Date.now() / slot);
  // All slots of the next 1.5 s are taken.
  for (let turn = now; turn < now + count; turn += 1) writeFileSync(join(turns, String(turn)), '');
  const starts = await Promise.all([runEntry(), runEntry()]);
  const begun = starts.map(({ stdout }) => Number(stdout)).sort((one, other) => one - other);
  expect(begun[0]).toBeGreaterThanOrEqual((now + count) * slot);
  expect(begun[1]).toBeGreaterThanOrEqual((now + count + 1) * slot);
  expect(readdirSync(turns)).not.toContain('1');
});

test('a start does not wait for longer than 3 s, nor where turns cannot be taken', async () => {
  const turns = join(state, `${user}.shared`, 'start-turns');
  program('exports.main = async () => { console.log(Date.now()) }');
  const slot = 120 / availableParallelism();
  const begin = async (): Promise<number> => {
    const now = Date.now();
    return Number((await runEntry()).stdout) - now;
  };
  mkdirSync(turns, { mode: 0o755 });
  for (let turn = Math.floor(Date.now() / slot); turn * slot < Date.now() + 20_000; turn += 1)
    writeFileSync(join(turns, String(turn)), '');
  expect(await begin()).toBeLessThan(2_500);
  chmodSync(turns, 0o700);
  const waited = await begin();
  expect(waited).toBeGreaterThan(2_800);
  expect(waited).toBeLessThan(10_000);
});
