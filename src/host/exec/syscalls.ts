import { BuildError } from '../../common/errors.js';

/** Numbers of system calls, from the kernel's tables. */
export interface Syscalls {
  readonly pivotRoot: number;
  readonly umount2: number;
  readonly mount: number;
  readonly setns: number;
  readonly swapoff: number;
  readonly prctl: number;
  readonly capget: number;
  readonly capset: number;
  readonly unshare: number;
  readonly statx: number;
  readonly fallocate: number;
  readonly syncfs: number;
  readonly mknodat: number;
  readonly sethostname: number;
  readonly pidfdOpen: number;
  readonly pidfdSendSignal: number;
  readonly openTree: number;
  readonly moveMount: number;
}

/** Equal on every architecture. */
const everywhere = { pidfdOpen: 434, pidfdSendSignal: 424, openTree: 428, moveMount: 429 };

const known: Partial<Record<NodeJS.Architecture, Syscalls>> = {
  x64: {
    pivotRoot: 155,
    umount2: 166,
    mount: 165,
    setns: 308,
    swapoff: 168,
    prctl: 157,
    capget: 125,
    capset: 126,
    unshare: 272,
    statx: 332,
    fallocate: 285,
    syncfs: 306,
    mknodat: 259,
    sethostname: 170,
    ...everywhere,
  },
  arm64: {
    pivotRoot: 41,
    umount2: 39,
    mount: 40,
    setns: 268,
    swapoff: 225,
    prctl: 167,
    capget: 90,
    capset: 91,
    unshare: 97,
    statx: 291,
    fallocate: 47,
    syncfs: 267,
    mknodat: 33,
    sethostname: 161,
    ...everywhere,
  },
};

/** The numbers of this machine. @throws BuildError on another architecture. */
export function syscalls(): Syscalls {
  const numbers = known[process.arch];
  if (numbers === undefined)
    throw new BuildError(`architecture: must be one of: x86_64, aarch64 (this VM has ${process.arch})`);
  return numbers;
}
