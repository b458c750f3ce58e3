/**
 * How long the action takes from the start of its process to its first API call, against the start of an empty
 * script, how large the files are that it loads, and how long `validate` takes. As in all builds but the first two of
 * a VM, the compiled code that an earlier one kept is used. Metadata service and API are answered here. Run as root, as
 * the action runs:
 * `node bench/start.mjs [runs] [other...]`; other: a commit, or the dist of one, to compare with in the same run. The
 * action is also started with a template in HCL2, which other builds must not pay for.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';

const aims = { ratio: 3, megabytes: 1.5, validate: 300 };
const runs = Number(process.argv[2] ?? 21);
const root = resolve(import.meta.dirname, '..');
const node = join(root, 'node_modules/.bin/node');
const bundle = join(root, 'dist/index.js');

if (process.geteuid() !== 0) {
  const { status } = spawnSync('sudo', ['-n', '--', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const empty = join(folder, 'empty.mjs');
writeFileSync(empty, '');

/** The bundle of a dist, or of that of a commit, which is taken from the repository. */
function bundleOf(other) {
  if (existsSync(other)) return resolve(other, 'index.js');
  const into = mkdtempSync(join(folder, 'dist-'));
  const archive = spawnSync('git', ['archive', other, 'dist'], { cwd: root, maxBuffer: 2 ** 28 });
  const { status } = spawnSync('tar', ['-x', '-C', into], { input: archive.stdout });
  if (archive.status !== 0 || status !== 0) throw new Error(`${other} is neither a dist nor a commit`);
  return join(into, 'dist/index.js');
}

const metadata = { 'instance-id': 'i-12345678', 'placement/availability-zone': 'eu-west-2a' };
let onCall = () => {};
let refuses = false;
const refusal = JSON.stringify({ Errors: [{ Code: '4104', Type: 'InvalidParameterValue' }] });
const server = createServer((request, response) => {
  // A build keeps its compiled code two seconds after its start.
  if (request.method === 'POST' && refuses) setTimeout(() => response.writeHead(400).end(refusal), 3_000);
  else if (request.method === 'POST') onCall(request.url);
  else response.end(metadata[request.url.slice(1)]);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const endpoint = `http://127.0.0.1:${server.address().port}`;

const inputs = {
  'omi-name': 'bench',
  'source-omi': 'ami-12345678',
  'access-key': 'A'.repeat(20),
  'secret-key': 'S'.repeat(40),
  'custom-endpoint-oapi': endpoint,
  'metadata-endpoint': endpoint,
  'state-dir': join(folder, 'state'),
};
const files = Object.fromEntries(
  ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'].map((name) => {
    writeFileSync(join(folder, name), '');
    return [name, join(folder, name)];
  }),
);
const inputVariables = (values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
const environment = {
  PATH: process.env.PATH,
  HOME: folder,
  GITHUB_ACTIONS: 'true',
  RUNNER_TEMP: folder,
  ...files,
  ...inputVariables(inputs),
};
const template = `source "outscale-chroot" "web" {
  source_omi = "ami-12345678"
  omi_name   = "bench"
}
build {
  sources = ["source.outscale-chroot.web"]
}
`;
const withTemplate = {
  ...environment,
  ...inputVariables({ 'omi-name': '', 'source-omi': '', config: template }),
};

/** Milliseconds that an empty script takes. */
async function emptyScript() {
  const start = performance.now();
  await once(spawn(node, [empty], { env: environment, stdio: 'ignore' }), 'exit');
  return performance.now() - start;
}

/** The most memory that a process has used, in MB, and the milliseconds that its threads had a processor. */
function usedBy(pid) {
  const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const cpu = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return { memory: Number(kilobytes) / 1024, cpu: cpu.reduce((sum, one) => sum + one, 0) / 1e6 };
}

/** Time and memory to the first API call of the action, which is then killed: it has made nothing yet. */
async function firstCall(script, env = environment) {
  const start = performance.now();
  const action = spawn(node, [script], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  action.stdout.on('data', (text) => {
    said += text;
  });
  const ended = once(action, 'exit');
  const call = new Promise((called) => {
    onCall = () => called({ ms: performance.now() - start, ...usedBy(action.pid) });
  });
  const used = await Promise.race([call, ended]);
  if (!('ms' in used)) throw new Error(`the action ended without an API call:\n${said}`);
  action.kill('SIGKILL');
  await ended;
  return used;
}

/** Lets the action end by itself, with a late error of its first call: by then it keeps what was compiled. */
async function fillCompileCache(script, env = environment) {
  refuses = true;
  await once(spawn(node, [script], { env, cwd: folder, stdio: 'ignore' }), 'exit');
  refuses = false;
}

/** Milliseconds that `validate` of the command line takes for a configuration with a template. */
async function validation(dist) {
  const flags = ['--source-omi', 'ami-12345678', '--omi-name', 'bench {{timestamp}}'];
  const options = { env: { PATH: process.env.PATH, HOME: folder }, cwd: folder, stdio: 'ignore' };
  const start = performance.now();
  const [code] = await once(
    spawn(node, [join(dirname(dist), 'cli.js'), 'validate', ...flags], options),
    'exit',
  );
  if (code !== 0) throw new Error(`validate ended with ${code}`);
  return performance.now() - start;
}

/** A file and all that it imports from beside it at its start. */
function loadedBy(file) {
  const imported = readFileSync(file, 'utf8').matchAll(
    /^(?:import |import [^;]* from |const [^;]* = (?:await import|require)\(|run\(load\()'(\.\/[^']+)'\)?[^;]*;$/gm,
  );
  return [file, ...[...imported].flatMap(([, path]) => loadedBy(join(dirname(file), path)))];
}

const medians = (used) => ({
  action: median(used.map(({ ms }) => ms)),
  memory: median(used.map(({ memory }) => memory)),
  cpu: median(used.map(({ cpu }) => cpu)),
});
const shown = ({ cpu, memory }) => `${cpu.toFixed(0)} ms of CPU, ${memory.toFixed(1)} MB of memory`;
const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];

try {
  const bundles = [bundle, ...process.argv.slice(3).map(bundleOf)];
  await emptyScript();
  // The first build on a VM makes the directory, the second one fills it.
  for (const one of [...bundles, ...bundles]) await fillCompileCache(one);
  await fillCompileCache(bundle, withTemplate);
  const times = { empty: [], validations: [], templates: [], actions: bundles.map(() => []) };
  for (let run = 0; run < runs; run++) {
    times.empty.push(await emptyScript());
    times.validations.push(await validation(bundle));
    times.templates.push(await firstCall(bundle, withTemplate));
    for (const [index, one] of bundles.entries()) times.actions[index].push(await firstCall(one));
  }
  const base = median(times.empty);
  console.log(`start of an empty script: ${base.toFixed(0)} ms (median of ${runs})`);
  const check = median(times.validations);
  console.log(`validate: ${check.toFixed(0)} ms (aim ${aims.validate})`);
  for (const [index, one] of bundles.entries()) {
    const { action, ...used } = medians(times.actions[index]);
    const ratio = action / base;
    const loaded = loadedBy(one);
    const megabytes = loaded.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
    const name = one === bundle ? relative(root, one) : process.argv[index + 2];
    console.log(`start of ${name} to its first API call: ${action.toFixed(0)} ms, ${shown(used)}`);
    console.log(`ratio: ${ratio.toFixed(2)} (aim ${aims.ratio})`);
    const names = loaded.map((file) => basename(file)).join(' and ');
    console.log(`${names}: ${megabytes.toFixed(2)} MB (at most ${aims.megabytes})`);
    // Times depend on the load of the machine: only the size fails.
    if (one === bundle && megabytes > aims.megabytes) process.exitCode = 1;
  }
  const { action, ...used } = medians(times.templates);
  console.log(`the same with a template in HCL2: ${action.toFixed(0)} ms, ${shown(used)}`);
} finally {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
}
