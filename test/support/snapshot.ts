import { exec } from '../../src/host/exec/exec.js';
import { attach } from './attach.js';
import type { TestCloud } from './cloud.js';

/** The filesystem in partition 1 of a snapshot, looked at without mounting it. */
export interface OpenSnapshot extends AsyncDisposable {
  /** The partition's device, for tools. */
  readonly device: string;
  read(path: string): Promise<string>;
  /** What debugfs(8) says of a file: mode, owner, link target. */
  describe(path: string): Promise<string>;
  /** The names in a folder, sorted. */
  list(path: string): Promise<string[]>;
  /** A full check finds nothing, and the journal has nothing to write back. */
  isClean(): Promise<boolean>;
}

/** Makes a volume of a snapshot and attaches it to this machine, by public calls. */
export async function openSnapshot(cloud: TestCloud, snapshot: string): Promise<OpenSnapshot> {
  const { disk, remove } = await attach(cloud.api, snapshot);
  const device = `/dev/${disk}p1`;
  const debugfs = async (request: string): Promise<string> =>
    (await exec(['debugfs', '-R', request, device])).stdout;
  return {
    device,
    read: (path) => debugfs(`cat ${path}`),
    describe: (path) => debugfs(`stat ${path}`),
    list: async (path) =>
      (await debugfs(`ls -p ${path}`))
        .split('\n')
        .map((line) => line.split('/')[5] ?? '')
        .filter((name) => !['', '.', '..'].includes(name))
        .sort(),
    isClean: async () => {
      const check = await exec(['e2fsck', '-f', '-n', device], { answers: [1, 4, 8] });
      const header = await exec(['dumpe2fs', '-h', device]);
      return check.code === 0 && !header.stdout.includes('needs_recovery');
    },
    [Symbol.asyncDispose]: remove,
  };
}
