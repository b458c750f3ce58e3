import { readFileSync } from 'node:fs';
import { exec } from './exec.js';
import { parseMountinfo } from './mounts.js';
import type { Room } from './room.js';

/**
 * Makes the device nodes that lie in an image useless: every mount of a disk at or below `path` becomes nodev, and
 * keeps its other options (mountinfo is where they are read from, not the VM's fstab).
 */
export async function forbidDevices(room: Room, path: string, signal: AbortSignal): Promise<void> {
  const mounts = parseMountinfo(readFileSync(`/proc/${room.pid}/mountinfo`, 'utf8'));
  for (const { target, source } of mounts) {
    if (!source.startsWith('/dev/') || (target !== path && !target.startsWith(`${path}/`))) continue;
    const keep = ['--options-source=mtab', '--options-mode=prepend'];
    await exec(room.inside(['mount', ...keep, '--options', 'remount,bind,nodev', target]), { signal });
  }
}
