import { closeSync } from 'node:fs';
import { ConsoleWatch } from './console-watch.js';
import { type Accelerator, type Firmware, messageOf } from './machine.js';
import { openOverlay } from './overlay.js';
import { hasKvm, uefiFirmware } from './requirements.js';
import { type Boot, runGuest } from './run-guest.js';

/** Milliseconds without output before the first line of the kernel, after which KVM is taken to hang. */
const stall = 20_000;

/** A disk to boot. */
export interface BootableDisk {
  /** Open for reading only. */
  readonly descriptor: number;
  /** Bytes. */
  readonly size: number;
  readonly firmware: Firmware;
}

export interface BootOptions {
  /** Regular expression, tested with each line of the console. */
  readonly expected: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Why KVM is known not to work on this VM: then it is not tried. */
  readonly kvmProblem?: string | undefined;
  /** Receives each line of the console, cleaned. */
  readonly onLine: (line: string) => void;
  /** Called when KVM fails, with the reason, before the disk is booted once more under software emulation. */
  readonly onFallback: (why: string) => void;
  /** Called often, with the number of lines and the milliseconds since the start. */
  readonly onProgress: (lines: number, ms: number) => void;
}

/** A boot that has ended, and what its console showed. */
export interface BootResult
  extends Boot,
    Pick<ConsoleWatch, 'found' | 'failure' | 'hasKernel' | 'hasOutput' | 'last'> {
  readonly accelerator: Accelerator;
}

/**
 * Boots a disk in QEMU, with KVM if this VM has it. The writes of the guest go to a file that ends with it.
 * KVM inside of a VM can hang or fail; then the disk is booted under software emulation.
 * @throws the reason of the signal if it is aborted; BuildError if the test cannot be made
 */
export async function bootDisk(disk: BootableDisk, options: BootOptions): Promise<BootResult> {
  if (options.kvmProblem === undefined && hasKvm()) {
    const result = await bootWith('kvm', disk, options);
    const problem = problemOfKvm(result);
    if (problem === undefined) return result;
    options.onFallback(problem);
  }
  return await bootWith('tcg', disk, options);
}

/** Why a boot says nothing about the image. */
function problemOfKvm({ end, code, errors, hasOutput }: BootResult): string | undefined {
  if (end === 'stuck')
    return `KVM hangs on this VM: the guest printed nothing for ${stall / 1000} s before its kernel started`;
  if (end === 'stopped' && code !== 0 && !hasOutput)
    return `KVM does not work on this VM: ${messageOf(errors)}`;
  return undefined;
}

async function bootWith(
  accelerator: Accelerator,
  { descriptor, size, firmware }: BootableDisk,
  { expected, timeout, signal, onLine, onProgress }: BootOptions,
): Promise<BootResult> {
  const watch = new ConsoleWatch(expected, onLine);
  const overlay = await openOverlay(size, signal);
  try {
    const ovmf = firmware === 'uefi' ? uefiFirmware() : undefined;
    const boot = await runGuest({ disk: descriptor, overlay, accelerator, ovmf }, watch, {
      timeout,
      // KVM inside of a VM can hang; an image that prints nothing may still boot.
      stall: accelerator === 'kvm' ? stall : undefined,
      signal,
      onProgress: (ms) => onProgress(watch.count, ms),
    });
    const { found, failure, hasKernel, hasOutput, last } = watch;
    return { ...boot, accelerator, found, failure, hasKernel, hasOutput, last };
  } finally {
    closeSync(overlay);
  }
}
