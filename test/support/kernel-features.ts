import { kernelHas } from '../../src/host/sandbox/mount-partition.js';

/** Kernel features that privileged tests need. */
const needed = ['ext4', 'xfs', 'btrfs', 'vfat'] as const;
type Need = (typeof needed)[number];

/** What a kernel may lack: only here a test that needs it may go without being run. */
const spared: readonly Need[] = ['vfat'];

/** The cases that this kernel supports; the suite registers no others, and lists those in one line. */
export const runnable = <Case extends readonly unknown[]>(cases: readonly Case[]): Case[] =>
  cases.filter((one) => one.every((part) => !isNeed(part) || kernelHas(part)));

const isNeed = (part: unknown): part is Need => needed.some((need) => need === part);

/** The features that the tests need and this kernel lacks. */
export const lacking = (): Need[] => needed.filter((need) => !kernelHas(need));

/** The required features that it lacks. */
export const missing = (): Need[] => lacking().filter((need) => !spared.includes(need));
