/**
 * Writes the pictures of the README from the output of real builds: docs/images/terminal.svg from the demo, and
 * docs/images/summary.svg from the summary that the action writes. Run as root, after `npm run build`:
 * `npm run pictures`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startEmulator } from '../../bench/lib/cloud.mjs';
import { summaryPicture } from './summary.mjs';
import { terminalPicture } from './terminal.mjs';

const dist = resolve(import.meta.dirname, '../../dist');
const images = resolve(import.meta.dirname, '../../docs/images');
mkdirSync(images, { recursive: true });

const run = (file, args, environment, cwd) =>
  execFileSync(process.execPath, [join(dist, file), ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: '/root', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const demo = run('cli.js', ['demo'], { FORCE_COLOR: '1', COLUMNS: '80' }, '/');
writeFileSync(join(images, 'terminal.svg'), terminalPicture('node dist/cli.js demo', demo));

const cloud = await startEmulator({ latency: 300, snapshot: 2000 }, {});
try {
  const inputs = {
    ...cloud.vm,
    'source-omi': cloud.source,
    'omi-name': 'web-17-1',
    run: 'mkdir -p /srv && echo "hello from the image" > /srv/index.html && sleep 1',
    'state-dir': join(cloud.folder, 'state'),
  };
  const files = { GITHUB_OUTPUT: 'output', GITHUB_STATE: 'state-file', GITHUB_STEP_SUMMARY: 'summary.md' };
  const paths = Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, join(cloud.folder, file)]),
  );
  for (const path of Object.values(paths)) writeFileSync(path, '');
  const variables = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
  );
  const { METADATA_ENDPOINT: _, ...keys } = cloud.environment;
  const runner = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: cloud.folder, RUNNER_TEMP: cloud.folder };
  run('index.js', [], { ...runner, ...paths, ...keys, ...variables }, cloud.folder);
  writeFileSync(join(images, 'summary.svg'), summaryPicture(readFileSync(paths.GITHUB_STEP_SUMMARY, 'utf8')));
} finally {
  await cloud.end();
}
