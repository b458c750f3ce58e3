import { readFileSync } from 'node:fs';

/**
 * Bytes that processes can use without swapping. @param meminfo /proc/meminfo (proc_meminfo(5)); MemAvailable
 * is in KiB
 */
export function availableMemory(meminfo = readFileSync('/proc/meminfo', 'utf8')): number {
  return Number(/^MemAvailable:\s*(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024;
}
