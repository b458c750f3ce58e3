import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { BuildFacts, Timing } from './facts.js';

/** Goes up when a field changes its meaning or goes away; new fields leave it. */
const version = 1;

/** The text of the manifest, a JSON object; times are milliseconds. */
export function manifestText(facts: BuildFacts, timings: readonly Timing[], total: number): string {
  return `${JSON.stringify({ version, ...facts, timings, totalMs: Math.round(total) }, null, 2)}\n`;
}

/**
 * Writes a file, in the place of what had its name. The name can be foreseen and its folder may be open to everybody: a
 * link that somebody has put there is replaced and never followed.
 * @throws what the system says where the folder cannot be written, or the name is that of a folder or of another user's
 * file in a folder with the sticky bit.
 */
export function replaceFile(path: string, text: string): void {
  const fresh = `${path}.${randomUUID()}`;
  writeFileSync(fresh, text, { flag: 'wx' });
  try {
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
