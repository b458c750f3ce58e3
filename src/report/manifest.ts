import type { BuildFacts, Timing } from './facts.js';

/** Goes up when a field changes its meaning or goes away; new fields leave it. */
const version = 1;

/** The text of the manifest, a JSON object; times are milliseconds. */
export function manifestText(facts: BuildFacts, timings: readonly Timing[], total: number): string {
  return `${JSON.stringify({ version, ...facts, timings, totalMs: Math.round(total) }, null, 2)}\n`;
}
