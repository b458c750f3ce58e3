/** Builds that start at the same time, and what they cost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleMemory } from './memory.mjs';

let count = 0;

/** Runs `atOnce` builds. @returns wall time, calls and costs of this run */
export async function runBuilds(cloud, atOnce, options) {
  cloud.requests();
  const start = performance.now();
  const builds = await Promise.all(Array.from({ length: atOnce }, () => build(cloud, options, atOnce === 1)));
  const ms = performance.now() - start;
  const requests = cloud.requests();
  const refused = requests.filter(({ status }) => status === 429 || status === 503).length;
  const calls = {};
  for (const { operation } of requests) calls[operation] = (calls[operation] ?? 0) + 1;
  const phases = {};
  for (const { timings } of builds)
    for (const { phase, ms: spent } of timings) {
      const name = phase.replace(/ (vol-|\/).*/, '');
      phases[name] = (phases[name] ?? 0) + spent / atOnce;
    }
  return {
    ms,
    slowest: Math.max(...builds.map((one) => one.ms)),
    mean: builds.reduce((sum, one) => sum + one.ms, 0) / atOnce,
    failed: builds.filter(({ code }) => code !== 0).length,
    calls,
    callsTotal: requests.length,
    refused,
    refusedShare: refused / Math.max(1, requests.length),
    phases,
    cpu: builds.reduce((sum, { cpu }) => sum + cpu, 0) / atOnce,
    memory: Math.max(...builds.map(({ memory }) => memory)),
  };
}

async function build(cloud, options, withMemory) {
  const number = count++;
  const name = options.unchanged ? 'unchanged' : `bench ${process.pid} ${number}`;
  const folder = join(cloud.folder, `build-${process.pid}-${number}`);
  mkdirSync(folder);
  const outputs = join(folder, 'outputs');
  const flags = {
    ...cloud.vm,
    'source-omi': cloud.source,
    'omi-name': name,
    run: 'true',
    'state-dir': join(cloud.folder, 'state'),
    outputs,
    ...(options.unchanged ? { reuse: 'unchanged' } : {}),
    ...(options['api-rate'] === undefined ? {} : { 'api-rate': options['api-rate'] }),
  };
  const argv = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const start = performance.now();
  // `times` gives the CPU time of the build and of every process that it has waited for.
  const child = spawn(
    'bash',
    ['-c', '"$@"; code=$?; times; exit $code', 'bash', process.execPath, options.cli, 'build', ...argv],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: '/root', RUNNER_TEMP: folder, ...cloud.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece) => {
      text += piece;
    });
  const memory = withMemory ? sampleMemory(child.pid) : () => 0;
  const [code] = await once(child, 'close');
  const ms = performance.now() - start;
  if (code !== 0) console.error(text);
  const manifest = /^MANIFEST='?([^'\n]+)'?$/m.exec(code === 0 ? readFileSync(outputs, 'utf8') : '')?.[1];
  const timings = manifest === undefined ? [] : JSON.parse(readFileSync(manifest, 'utf8')).timings;
  return { code, ms, cpu: cpuOf(text), memory: memory(), timings };
}

/** Milliseconds of user and system time of the children, from the second line of `times`. */
function cpuOf(text) {
  const lines = [...text.matchAll(/^(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/gm)];
  const [, ...parts] = lines.at(-1) ?? [];
  const [minutes = 0, seconds = 0, more = 0, rest = 0] = parts.map(Number);
  return (60 * (minutes + more) + seconds + rest) * 1000;
}
