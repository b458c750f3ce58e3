import { median } from './figures.mjs';

const times = new Map();

/** Does a part of the work and keeps how long it took. */
export async function part(name, work) {
  const start = performance.now();
  const result = await work();
  times.set(name, [...(times.get(name) ?? []), performance.now() - start]);
  return result;
}

/** Prints the median of each part. @returns the parts with their medians, in milliseconds */
export function printParts(runs) {
  const medians = [...times].map(([name, list]) => [name, median(list)]);
  for (const [name, ms] of medians) console.log(`${name}: ${ms.toFixed(0)} ms (median of ${runs})`);
  return medians;
}
