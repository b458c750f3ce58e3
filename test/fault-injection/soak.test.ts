import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Step, step } from '../support/action.js';
import { madeTwice } from '../support/duplicate-creations.js';
import { successful } from '../support/process.js';
import { howMany, seed } from '../support/seed.js';
import { type End, endings } from '../support/termination.js';
import { openLedgers, openWorker, problemsOf } from '../support/worker.js';

const builds = howMany('SOAK_BUILDS', 40);
const atOnce = 8;
/** Builds after which the emulator has grown to its usual size. */
const warm = 20;

/** The fate of a build: most run undisturbed. */
const fates = fc.record({
  end: fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant<End>('killed alone') },
    { weight: 1, arbitrary: fc.constant<End>('killed with its whole tree') },
  ),
  /** Milliseconds after which it is killed. */
  after: fc.integer({ min: 0, max: 3000 }),
  /** Whether post runs after it; if not, its runner was killed, too. */
  post: fc.boolean(),
});

/** Has node collect its garbage early: then what a process has in memory is what it holds on to. */
const thrifty = '--max-semi-space-size=1 --max-old-space-size=64';

/** MiB that a process has in memory (proc(5), status). */
function memoryOf(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1024;
}

test(
  `${builds} builds, ${atOnce} at a time, throttled, with lost responses and kills, leave no resources (FAULT_SEED=${seed})`,
  async () => {
    await using worker = await openWorker({ NODE_OPTIONS: thrifty });
    const { cloud } = worker;
    cloud.requests();
    cloud.fail([
      { operation: '*', fault: 'throttle', rate: 0.2, seed },
      { operation: '*', fault: 'drop-after', rate: 0.02, seed: seed + 1 },
    ]);
    const drawn = fc.sample(fc.noBias(fates), { seed, numRuns: builds });
    const { stateDir } = step(cloud, { inputs: {} });
    const job = (name: string): Step =>
      step(cloud, { inputs: { 'omi-name': name, tags: 'a=b', run: 'sleep 0.2\n', 'state-dir': stateDir } });
    const problems: string[] = [];
    const kept: string[] = [];
    let finished = 0;
    /** The emulator's memory, each time `warm` more builds have finished. */
    const memory: number[] = [];

    const one = async ({ end, after, post }: (typeof drawn)[number], number: number): Promise<void> => {
      const name = `soak ${number}`;
      const build = job(name);
      const main = build.start();
      if (end !== undefined) await Promise.race([sleep(after), main.ended]);
      const { code, text } = end === undefined ? await main.ended : await endings[end](main);
      if (code === 0) kept.push(name);
      else if (code !== null) problems.push(`${name}: exit code ${code}\n${text}`);
      if (post || code === 0) successful(await build.post());
      finished += 1;
      if (finished % warm === 0) memory.push(memoryOf(cloud.pid));
    };
    const waiting = drawn.map((fate, number) => async () => await one(fate, number));
    const runNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
    };
    await Promise.all(Array.from({ length: atOnce }, runNext));
    const late = memoryOf(cloud.pid);

    cloud.fail([]);
    // The next build removes resources of builds whose runner was killed.
    successful(await job('last').main());
    expect(problems).toEqual([]);
    expect(madeTwice(cloud.requests(), true)).toEqual([]);
    expect(await problemsOf(worker, { may: killedLate(drawn), must: [...kept, 'last'] })).toEqual([]);
    expect(openLedgers(stateDir, 0)).toEqual([]);
    const shown = [...memory, late].map((mebibytes) => mebibytes.toFixed(0)).join(' ');
    process.stdout.write(
      `${kept.length} OMIs of ${builds} builds; MiB of the emulator every ${warm}: ${shown}\n`,
    );
    expect(late).toBeLessThanOrEqual(1.2 * (memory[0] ?? 0));
  },
  120_000 + builds * 15_000,
);

/** A build killed between the finalization of its OMI and its exit has an OMI all the same. */
const killedLate = (drawn: readonly { readonly end: End | undefined }[]): string[] =>
  drawn.flatMap(({ end }, number) => (end === undefined ? [] : [`soak ${number}`]));
