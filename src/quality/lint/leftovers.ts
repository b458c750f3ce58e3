import { filesystemSize } from '../../host/image/filesystem-size.js';
import type { LintedImage, Problem } from './types.js';

/** It prevents services from starting on every VM of the image. */
export const policy = ({ tree }: LintedImage): Problem[] =>
  tree.lstat('/usr/sbin/policy-rc.d') === undefined
    ? []
    : [{ file: '/usr/sbin/policy-rc.d', problem: 'prevents packages from starting services' }];

/** A regular file with the content of the VM's: a script, or an earlier build of the source, has left it. */
export function resolver({ tree, resolver: ofVm }: LintedImage): Problem[] {
  const path = '/etc/resolv.conf';
  if (ofVm === undefined || ofVm.length === 0 || tree.lstat(path)?.isFile() !== true) return [];
  return tree.read(path)?.equals(ofVm)
    ? [{ file: path, problem: 'has the name servers of the VM that builds the image' }]
    : [];
}

/** In percent. Below it, logs and package updates soon fill the disk. */
const minimum = 5;

export function freeSpace({ tree }: LintedImage): Problem[] {
  const { blocks, bavail } = filesystemSize(tree);
  return low('of the space is free', bavail, blocks);
}

/** XFS and btrfs create inodes as needed and report none, or many. */
export function freeInodes({ tree }: LintedImage): Problem[] {
  const { files, ffree } = filesystemSize(tree);
  return low('of the inodes are free', ffree, files);
}

function low(what: string, free: number, all: number): Problem[] {
  const percent = all === 0 ? 100 : (free / all) * 100;
  return percent < minimum ? [{ file: '/', problem: `${percent.toFixed(1)} % ${what}` }] : [];
}
