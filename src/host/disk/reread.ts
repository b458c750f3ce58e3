import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec } from '../exec/exec.js';

/** How long the node of a partition that the kernel knows may be missing, in milliseconds. */
const timeout = 10_000;

/**
 * Makes the kernel know the partitions that are now in a disk's table, and waits for their nodes. It is partx(8)
 * that reads the table: a kernel need not know the kind of table. No table is no error.
 */
export async function rereadPartitions(disk: string, signal: AbortSignal): Promise<void> {
  await exec(['partx', '--update', `/dev/${disk}`], { answers: [1], signal });
  const until = performance.now() + timeout;
  const missing = (): boolean =>
    readdirSync(`/sys/block/${disk}`).some((name) => name.startsWith(disk) && !existsSync(`/dev/${name}`));
  while (missing() && performance.now() < until) await sleep(5, undefined, { signal });
}
