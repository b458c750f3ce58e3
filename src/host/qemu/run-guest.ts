import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { endGroup, lastLines, start } from '../exec/exec.js';
import { confined } from './confine.js';
import type { ConsoleWatch } from './console-watch.js';
import { type Accelerator, machine } from './machine.js';

/** How a boot ended: `stuck` without output within `Limits.stall`. */
type BootEnd = 'booted' | 'failed' | 'stopped' | 'timeout' | 'stuck';

/** A boot that has ended. */
export interface Boot {
  readonly end: BootEnd;
  readonly ms: number;
  /** What QEMU wrote to stderr: its last lines. */
  readonly errors: readonly string[];
  /** How QEMU ended, for `stopped`. */
  readonly code: number | null;
}

/** The virtual machine to boot. */
export interface Guest {
  /** Descriptor of the disk, open for reading only. */
  readonly disk: number;
  /** Descriptor of a qcow2 file of its size. */
  readonly overlay: number;
  readonly accelerator: Accelerator;
  /** Path of the UEFI firmware; undefined for BIOS. */
  readonly ovmf: string | undefined;
}

export interface Limits {
  /** Milliseconds for the whole boot. */
  readonly timeout: number;
  /**
   * Milliseconds without output before the first line of the kernel, after which the guest is taken to hang.
   */
  readonly stall: number | undefined;
  readonly signal: AbortSignal;
  /** Called about every second, with the milliseconds since the start. */
  readonly onProgress: (ms: number) => void;
}

/** Milliseconds between two looks at the clock. */
const period = 100;

/** Milliseconds to wait for a killed QEMU. */
const killTimeout = 10_000;

/** Maximum characters of the messages of QEMU. */
const errorLimit = 16_384;

/**
 * Boots a disk and watches its console until it has booted or never will. The guest has ended when this
 * returns.
 * @throws the reason of the signal if it is aborted; the error of the system if QEMU cannot be started
 */
export async function runGuest(guest: Guest, watch: ConsoleWatch, limits: Limits): Promise<Boot> {
  limits.signal.throwIfAborted();
  const begin = performance.now();
  const command = machine(guest.accelerator, guest.ovmf);
  const child = start(confined(command, guest.accelerator === 'kvm'), {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe', guest.disk, guest.overlay],
  });
  let heard = begin;
  let errors = '';
  let isClosed = false;
  let failure: { readonly error: unknown } | undefined;
  const closed = once(child, 'close')
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      isClosed = true;
    });
  child.stdin?.on('error', () => {});
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    heard = performance.now();
    watch.read(text);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-errorLimit);
  });
  const ended = (): BootEnd | undefined => {
    const now = performance.now();
    if (watch.found !== undefined) return 'booted';
    if (watch.failure !== undefined) return 'failed';
    if (isClosed) return 'stopped';
    if (now - begin >= limits.timeout) return 'timeout';
    const isSilent = !watch.hasKernel && now - heard >= (limits.stall ?? Number.POSITIVE_INFINITY);
    return isSilent ? 'stuck' : undefined;
  };
  try {
    let end = ended();
    while (end === undefined) {
      const left = limits.timeout - (performance.now() - begin);
      await Promise.race([
        closed,
        sleep(Math.max(1, Math.min(period, left)), undefined, { signal: limits.signal }),
      ]);
      limits.onProgress(performance.now() - begin);
      end = ended();
    }
    watch.end();
    if (failure !== undefined) throw failure.error;
    return { end, ms: performance.now() - begin, errors: lastLines(errors), code: child.exitCode };
  } catch (error) {
    limits.signal.throwIfAborted();
    throw error;
  } finally {
    endGroup(child);
    // A process in state D ignores SIGKILL; then the disk stays in use, and is not detached.
    await Promise.race([closed, sleep(killTimeout, undefined, { ref: false })]);
  }
}
