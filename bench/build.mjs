/**
 * Complete builds on the emulator, one and several at once: wall time over the floor (the waits of the emulator: volume,
 * link, unlink and OMI, and the snapshot), phases, calls, refused calls, CPU time and peak memory. Medians of several
 * runs. With `--unchanged` the builds reuse the OMI of the first one. Run as root, after `npm run build`:
 * `node bench/build.mjs [--set long|short] [--at-once 1,8] [--runs 3] [--rate N] [--api-rate N]
 * [--delete-time 30s] [--unchanged] [--cli dist/cli.js] [--json]`
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runBuilds } from './lib/builds.mjs';
import { startEmulator } from './lib/cloud.mjs';
import { median, summarize, tableOf } from './lib/figures.mjs';

/** Milliseconds of each wait: four short ones (volume, link, unlink, OMI) and the snapshot. */
const sets = { long: { latency: 3500, snapshot: 20_000 }, short: { latency: 1500, snapshot: 4300 } };

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'long,short' },
    'at-once': { type: 'string', default: '1,8,36' },
    runs: { type: 'string', default: '3' },
    rate: { type: 'string' },
    'api-rate': { type: 'string' },
    'delete-time': { type: 'string' },
    cli: { type: 'string', default: resolve(import.meta.dirname, '../dist/cli.js') },
    unchanged: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'most-refused': { type: 'string' },
  },
});

if (process.geteuid() !== 0) {
  const { status } = spawnSync('sudo', ['-n', '--', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

const results = [];
for (const name of values.set.split(',')) {
  const waits = sets[name];
  if (waits === undefined) throw new Error(`--set: ${name} must be one of: ${Object.keys(sets).join(', ')}`);
  const cloud = await startEmulator(waits, values);
  try {
    // The first build on a VM has no history.
    await runBuilds(cloud, 1, values);
    for (const atOnce of values['at-once'].split(',').map(Number)) {
      const runs = [];
      for (let run = 0; run < Number(values.runs); run++) runs.push(await runBuilds(cloud, atOnce, values));
      // A build that reuses an OMI waits for nothing.
      const floor = values.unchanged ? undefined : 4 * waits.latency + waits.snapshot;
      const set = values.unchanged ? `${name}, unchanged` : name;
      const result = { set, atOnce, rate: values.rate, floor, ...summarize(runs, floor) };
      results.push(result);
      if (!values.json) console.log(tableOf(result));
      if (result.failed > 0) process.exitCode = 1;
      if (median(runs.map(({ refusedShare }) => refusedShare)) > Number(values['most-refused'] ?? 1))
        process.exitCode = 1;
    }
  } finally {
    await cloud.end();
  }
}
if (values.json) console.log(JSON.stringify(results, undefined, 2));
