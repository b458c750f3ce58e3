/**
 * How long the action takes from the start of its process to its first API call, against the start of an empty
 * script, and how large its bundle is. Metadata service and API are answered here. Run as root, as the action runs:
 * `node bench/start.mjs [runs]`
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const aims = { ratio: 5, megabytes: 1.5 };
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

const metadata = { 'instance-id': 'i-12345678', 'placement/availability-zone': 'eu-west-2a' };
let onCall = () => {};
const server = createServer((request, response) => {
  if (request.method === 'POST') onCall(request.url);
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
const environment = {
  PATH: process.env.PATH,
  HOME: folder,
  GITHUB_ACTIONS: 'true',
  RUNNER_TEMP: folder,
  ...files,
  ...Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
  ),
};

/** Milliseconds that an empty script takes. */
async function emptyScript() {
  const start = performance.now();
  await once(spawn(node, [empty], { env: environment, stdio: 'ignore' }), 'exit');
  return performance.now() - start;
}

/** Milliseconds to the first API call of the action, which is then killed: it has made nothing yet. */
async function firstCall() {
  const start = performance.now();
  const action = spawn(node, [bundle], {
    env: environment,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  action.stdout.on('data', (text) => {
    said += text;
  });
  const ended = once(action, 'exit');
  const call = new Promise((called) => {
    onCall = () => called(performance.now() - start);
  });
  const time = await Promise.race([call, ended]);
  if (typeof time !== 'number') throw new Error(`the action ended without an API call:\n${said}`);
  action.kill('SIGKILL');
  await ended;
  return time;
}

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];

try {
  await emptyScript();
  await firstCall();
  const times = { empty: [], action: [] };
  for (let run = 0; run < runs; run++) {
    times.empty.push(await emptyScript());
    times.action.push(await firstCall());
  }
  const [base, action] = [median(times.empty), median(times.action)];
  const ratio = action / base;
  const megabytes = statSync(bundle).size / 1e6;
  console.log(`start of an empty script: ${base.toFixed(0)} ms (median of ${runs})`);
  console.log(`start of the action to its first API call: ${action.toFixed(0)} ms`);
  console.log(`ratio: ${ratio.toFixed(2)} (at most ${aims.ratio})`);
  console.log(`dist/index.js: ${megabytes.toFixed(2)} MB (at most ${aims.megabytes})`);
  if (ratio > aims.ratio || megabytes > aims.megabytes) process.exitCode = 1;
} finally {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
}
