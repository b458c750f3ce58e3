/**
 * The example debian-from-source without and with `cache`: how long its script takes, and the whole build. The emulator
 * waits for nothing. The source is built first, from scratch. Run as root, after `npm run build`, with mmdebstrap and
 * fdisk: `node bench/cache.mjs [runs]`
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { aptSource } from '../build/demo/apt-source.js';
import { scratchOptions } from '../build/demo/scratch-options.js';
import { startEmulator } from './lib/cloud.mjs';
import { median } from './lib/figures.mjs';

const runs = Number(process.argv[2] ?? 3);
const root = resolve(import.meta.dirname, '..');
const cached = ['/var/cache/apt/archives', '/var/lib/apt/lists', '/root/.cache'];
const cloud = await startEmulator({ latency: 10, snapshot: 10 }, {});
let count = 0;

/** @returns the outputs of a build, and its seconds: all, and those of its script */
function build(flags) {
  const files = {
    outputs: join(cloud.folder, `outputs-${++count}`),
    manifest: join(cloud.folder, 'manifest'),
  };
  const all = { ...cloud.vm, 'state-dir': join(cloud.folder, 'state'), ...files, ...flags };
  const argv = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli.js', 'build', ...argv], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: '/root', RUNNER_TEMP: cloud.folder, ...cloud.environment },
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  const { timings } = JSON.parse(readFileSync(files.manifest, 'utf8'));
  const scripts = timings.filter(({ phase }) => phase.startsWith('Script '));
  return {
    omi: /^OMI_ID='?([^'\n]+)/m.exec(readFileSync(files.outputs, 'utf8'))?.[1],
    all: (performance.now() - start) / 1000,
    script: scripts.reduce((sum, { ms }) => sum + ms, 0) / 1000,
  };
}

try {
  const scratch = scratchOptions('bench-debian', cloud.folder, await aptSource());
  const { omi } = build({ config: 'examples/debian-from-scratch/image.yml', ...scratch });
  // It empties the cache of apt at its end, which would empty the cache of the builds.
  const script = join(cloud.folder, 'nginx.sh');
  const text = readFileSync(join(root, 'examples/debian-from-source/nginx.sh'), 'utf8');
  writeFileSync(script, text.replace(/^apt-get clean$/m, ''));
  for (const cache of [[], cached]) {
    const one = () =>
      build({
        'source-omi': omi,
        'omi-name': `bench ${count}`,
        'root-volume-size': '3',
        scripts: script,
        ...(cache.length === 0 ? {} : { cache: cache.join('\n') }),
      });
    const first = one();
    const results = Array.from({ length: runs }, one);
    const seconds = (of) => `${median(results.map(of)).toFixed(1)} s (first ${of(first).toFixed(1)} s)`;
    console.log(
      `${cache.length === 0 ? 'without' : 'with'} cache: script ${seconds((run) => run.script)}, build ${seconds((run) => run.all)}`,
    );
  }
} finally {
  await cloud.end();
}
