/**
 * Many builds on many VMs of one account or of several, in virtual time, with the product's own client, pace, shared
 * reads and waits: builds an hour, time of a build against one alone, refused calls, and how equal the VMs' shares are.
 * After `npm run build`:
 * `node bench/fleet.mjs [--builds 1000] [--vms 30] [--at-once 1,2,4,8] [--accounts 1] [--rate 5] [--script 60] [--json]`
 * `--rate`: calls a second that each account allows; `--at-once`: builds at the same time on each VM; `--script`: seconds.
 */
import { parseArgs } from 'node:util';
import { FleetAccount } from './lib/fleet-account.mjs';
import { FleetVm } from './lib/fleet-vm.mjs';
import { VirtualTime } from './lib/virtual-time.mjs';

const { values } = parseArgs({
  options: {
    builds: { type: 'string', default: '1000' },
    vms: { type: 'string', default: '30' },
    'at-once': { type: 'string', default: '1,2,4,8' },
    accounts: { type: 'string', default: '1' },
    rate: { type: 'string', default: '5' },
    script: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

/** Random numbers from 0 to 1 that a seed repeats: mulberry32. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function simulate({ builds, vms, atOnce, accounts, rate, script }) {
  const random = seeded(Number(values.seed));
  const time = new VirtualTime();
  const clouds = Array.from({ length: accounts }, () => new FleetAccount(time, rate, random));
  const machines = Array.from({ length: vms }, (_, index) => new FleetVm(clouds[index % accounts], random));
  const durations = [];
  const done = machines.map(() => 0);
  let left = builds;
  /** One of the jobs that a VM runs at a time: builds as long as some are left. */
  const job = async (machine, index) => {
    while (left > 0) {
      left -= 1;
      const start = time.clock();
      await machine.build(script * 1000);
      durations.push(time.clock() - start);
      done[index] += 1;
    }
  };
  const jobs = machines.flatMap((machine, index) =>
    Array.from({ length: atOnce }, async () => {
      await time.sleep(5_000 * random());
      await job(machine, index);
    }),
  );
  await time.run(Promise.all(jobs));
  const sorted = durations.toSorted((a, b) => a - b);
  const sum = done.reduce((total, one) => total + one, 0);
  const total = (key) => clouds.reduce((all, cloud) => all + cloud[key], 0);
  return {
    atOnce,
    buildsAnHour: Math.round((builds / time.clock()) * 3_600_000),
    median: sorted[Math.floor(sorted.length / 2)] / 1000,
    slowest: sorted.at(-1) / 1000,
    callsABuild: total('calls') / builds,
    refused: total('refused') / total('calls'),
    // Jain's index: 1 if all VMs build the same number.
    fairness: sum ** 2 / (vms * done.reduce((squares, one) => squares + one ** 2, 0)),
  };
}

const numbers = Object.fromEntries(
  ['builds', 'vms', 'accounts', 'rate', 'script'].map((name) => [name, Number(values[name])]),
);
const alone = await simulate({ ...numbers, builds: 5, vms: 1, accounts: 1, atOnce: 1 });
const results = [];
for (const atOnce of values['at-once'].split(',').map(Number))
  results.push(await simulate({ ...numbers, atOnce }));
if (values.json) console.log(JSON.stringify({ ...numbers, alone, results }, undefined, 2));
else {
  const { builds, vms, accounts, rate, script } = numbers;
  console.log(
    `${builds} builds on ${vms} VMs, ${accounts} account(s) of ${rate} calls/s, scripts of ${script} s`,
  );
  console.log(`one build alone: ${alone.median.toFixed(0)} s, ${alone.callsABuild.toFixed(0)} calls`);
  console.table(
    results.map(({ atOnce, buildsAnHour, median, slowest, callsABuild, refused, fairness }) => ({
      'at once a VM': atOnce,
      'builds/h': buildsAnHour,
      'median s': Math.round(median),
      'slowest s': Math.round(slowest),
      'calls/build': Number(callsABuild.toFixed(1)),
      'refused %': Number((refused * 100).toFixed(1)),
      fairness: Number(fairness.toFixed(3)),
    })),
  );
}
