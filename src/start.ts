/**
 * What each file of dist/ runs before the program: it refuses a node that is too old, and loads the program
 * with the code that V8 compiled of it for an earlier build. Node's own cache, of node 22 and newer, has only
 * the functions that were compiled at once with their file. It imports nothing but node's own modules, and is
 * the only file that does its work when it is imported. Its syntax is that of old nodes, too.
 */
import { createHash } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/** The oldest supported node, of package.json. An older one would fail in the middle of a build. */
const oldestNode = 20;

const { env, versions, execPath } = process;
if (!(Number.parseInt(versions.node, 10) >= oldestNode)) {
  console.log(
    `${env.GITHUB_ACTIONS ? '::error::' : ''}build-omi needs node ${oldestNode} or newer, and this is node ${versions.node} (${execPath}). Install a newer node, or name its path.`,
  );
  process.exit(1);
}

const user = process.geteuid?.() ?? 0;
const state =
  flag('--state-dir') || env['INPUT_STATE-DIR'] || env.BUILD_OMI_STATE_DIR || '/var/lib/build-omi';
/** The program makes both. */
const cache = resolve(state, `${user}.shared`, 'compile-cache');
const turns = resolve(state, `${user}.shared`, 'start-turns');
const nodeRequire = createRequire(import.meta.url);

/**
 * Milliseconds from the load of a file until its compiled code is kept; commands that end earlier have called
 * little. A build also says when its work on the VM is done: at its end V8 has dropped code.
 */
const settled = 2_000;

/**
 * What V8 does for programs that run for long. A build needs half a second of CPU time, and a quarter more
 * was for this: for optimized code of the parser of HTTP, and for less memory while it waits for the cloud.
 */
const forLongRuns = ['wasm-tier-up', 'wasm-dynamic-tiering', 'incremental-marking'];

function setForLongRuns(is: boolean): void {
  for (const one of forLongRuns) setFlagsFromString(`--${is ? '' : 'no-'}${one}`);
}

/**
 * Runs what reads or writes compiled code, which node's own modules have, too: V8 takes it only if its flags
 * are those that it was made with.
 */
function withDefaultFlags<T>(work: () => T): T {
  setForLongRuns(true);
  try {
    return work();
  } finally {
    setForLongRuns(false);
  }
}

/** Milliseconds: CPU time of a start until it waits for the cloud; waiting for other starts at most. */
const startTime = { each: 120, most: 3_000 };

/**
 * Waits for a core. Builds that start together would all work at the same times, and all wait for the cloud
 * at the same times. So each takes a time slot: a file with its number.
 */
function takeTurn(): void {
  if (!isUsable(turns)) return;
  const slot = startTime.each / availableParallelism();
  const first = Math.floor(Date.now() / slot);
  for (const name of attempt(() => readdirSync(turns)) ?? [])
    if (Number(name) < first) attempt(() => rmSync(join(turns, name)));
  let turn = first;
  while (turn < first + startTime.most / slot && !take(join(turns, String(turn)))) turn++;
  const wait = turn * slot - Date.now();
  if (wait > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
}

/** Takes a slot. @returns false if another start has taken it; true on a filesystem that is read-only */
const take = (path: string): boolean =>
  attempt(() => writeFileSync(path, '', { flag: 'wx', mode: 0o600 }) ?? true) ?? !existsSync(path);

/**
 * Loads a file of dist/, with its compiled code if there is some. @param file `./NAME.js` @returns its
 * exports
 */
export function load(file: string): Record<string, () => Promise<unknown>> {
  // Node reads the source maps only of files that it loads itself.
  if (process.sourceMapsEnabled) return nodeRequire(file);
  const path = join(import.meta.dirname, file);
  const text = readFileSync(path);
  const name = `${basename(file)}-${sha256(text).toString('hex', 0, 16)}`;
  const kept = join(cache, `${name}-${process.version}-${process.arch}`);
  const cachedData = isUsable(cache) ? readKept(kept) : undefined;
  const head = '(function (exports, require, module, __filename, __dirname) { ';
  const script = withDefaultFlags(
    () =>
      new Script(`${head}${text.toString()}\n})`, {
        filename: path,
        columnOffset: -head.length,
        ...(cachedData === undefined ? {} : { cachedData }),
      }),
  );
  if (cachedData === undefined || script.cachedDataRejected) {
    const storeNow = (): void => store(script, kept);
    setTimeout(storeNow, settled).unref();
    subscribe('build-omi:work-done', storeNow);
  }
  const module = { exports: {} };
  const require = (id: string): unknown =>
    id.startsWith('./') ? load(id) : withDefaultFlags(() => nodeRequire(id));
  script.runInThisContext()(module.exports, require, module, path, import.meta.dirname);
  return module.exports;
}

/**
 * Runs a function of the program. If the process has nothing to wait for before it has ended, its exit code
 * is that of node for such a module.
 */
export function run(entry: () => Promise<unknown>): void {
  const fail = (): void => {
    process.exitCode = 13;
  };
  process.once('beforeExit', fail);
  void entry().then(() => process.off('beforeExit', fail));
}

/** The value of a flag of the command line, in one argument or two. */
function flag(name: string): string | undefined {
  const at = process.argv.findIndex((one) => one === name || one.startsWith(`${name}=`));
  return at < 0 ? undefined : process.argv[at]?.slice(name.length + 1) || process.argv[at + 1];
}

/** Keeps the compiled code of a file. Without it starts only take longer. */
function store(script: Script, path: string): void {
  if (!isUsable(cache)) return;
  const part = `${path}.${process.pid}`;
  const isKept = attempt(() => {
    const code = withDefaultFlags(() => script.createCachedData());
    writeFileSync(part, Buffer.concat([sha256(code), code]), { flag: 'wx', mode: 0o600 });
    renameSync(part, path);
    return true;
  });
  if (!isKept) attempt(() => rmSync(part, { force: true }));
}

/** Reads compiled code. V8 itself checks only its length: the digest before it finds a damaged file. */
const readKept = (path: string): Buffer | undefined =>
  attempt(() => {
    const content = readFileSync(path);
    const [digest, code] = [content.subarray(0, 32), content.subarray(32)];
    return digest.equals(sha256(code)) ? code : undefined;
  });

/** The result of `work`; undefined when it throws, also because the filesystem has become read-only. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();

/** Whether no other user can write or replace a directory: what is in the cache is run. */
function isUsable(path: string): boolean {
  const stat = directory(path);
  return stat?.uid === user && (stat.mode & 0o077) === 0 && isOutOfReach(dirname(path));
}

/** Whether no other user can replace the directory or one above it. */
function isOutOfReach(path: string): boolean {
  const stat = directory(path);
  if (stat === undefined || ![0, user].includes(stat.uid)) return false;
  // In a sticky directory others cannot rename what they do not own.
  const isSafe = (stat.mode & 0o022) === 0 || (stat.mode & 0o1000) !== 0;
  return isSafe && (dirname(path) === path || isOutOfReach(dirname(path)));
}

const directory = (path: string): Stats | undefined =>
  attempt(() => {
    const stat = lstatSync(path);
    return stat.isDirectory() ? stat : undefined;
  });

takeTurn();
