import { mkdtempSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNotQuiesced } from '../../src/host/disk/exclusive.js';
import { type DiskLayout, layoutOf } from '../../src/host/disk/partitions.js';
import { exec } from '../../src/host/exec/exec.js';
import { attach } from './attach.js';
import type { TestCloud } from './cloud.js';

const signal = AbortSignal.timeout(600_000);

/** The disk of a snapshot, attached to this machine. */
export interface SnapshotDisk extends AsyncDisposable {
  readonly layout: DiskLayout;
  /** Why a partition's filesystem is not finished, if it is not. */
  notQuiesced(number: number): string | undefined;
  /** The text of a file of a partition, mounted read-only for that. */
  read(number: number, path: string, options?: string): Promise<string | undefined>;
  /** Bytes that the filesystem of a partition says it has. */
  size(number: number): Promise<number>;
}

/** Makes a volume of a snapshot and attaches it, by public calls. */
export async function attachSnapshot({ api }: TestCloud, snapshot: string): Promise<SnapshotDisk> {
  const { disk, remove } = await attach(api, snapshot);
  const layout = await layoutOf(disk, signal);
  const partition = (number: number): DiskLayout['whole'] => {
    const found = layout.partitions.find((one) => one.number === number);
    if (!found) throw new Error(`no partition ${number}`);
    return found;
  };
  const mounted = async <T>(
    number: number,
    options: string,
    inspect: (path: string) => T | Promise<T>,
  ): Promise<T> => {
    const { name, filesystem } = partition(number);
    const own = filesystem === 'xfs' ? 'ro,norecovery,nouuid' : 'ro';
    const path = mkdtempSync(join(tmpdir(), 'build-omi-look-'));
    await exec(['mount', '-o', [own, options].filter(Boolean).join(','), `/dev/${name}`, path]);
    try {
      return await inspect(path);
    } finally {
      await exec(['umount', path]);
      rmdirSync(path);
    }
  };
  return {
    layout,
    notQuiesced: (number) => whyNotQuiesced(partition(number)),
    read: async (number, path, options = '') =>
      await mounted(number, options, (root) => {
        const file = join(root, path);
        return statSync(file, { throwIfNoEntry: false }) ? readFileSync(file, 'utf8') : undefined;
      }),
    size: async (number) => {
      const { stdout } = await mounted(number, '', (root) => exec(['df', '--output=size', '-B1', root]));
      return Number(stdout.split('\n')[1]);
    },
    [Symbol.asyncDispose]: remove,
  };
}
